#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <utility>

namespace bulwark {

/// A map whose copies share their elements until one of them is changed: planning copies a whole host for every rule, and
/// most rules change nothing. Only `at`, `[]` and the verbs that insert give access that may change it.
template <class Key, class Value>
class SharedMap {
    using Map = std::map<Key, Value>;

public:
    using const_iterator = typename Map::const_iterator;

    SharedMap() = default;
    SharedMap(std::initializer_list<typename Map::value_type> elements) : map_(std::make_shared<Map>(elements)) {}

    const_iterator begin() const { return map_->begin(); }
    const_iterator end() const { return map_->end(); }
    const_iterator find(const Key& key) const { return map_->find(key); }
    const_iterator lower_bound(const Key& key) const { return map_->lower_bound(key); }
    bool contains(const Key& key) const { return map_->contains(key); }
    const Value& at(const Key& key) const { return std::as_const(*map_).at(key); }

    Value& at(const Key& key) { return own().at(key); }
    Value& operator[](const Key& key) { return own()[key]; }
    template <class... Arguments>
    auto emplace(Arguments&&... arguments) {
        return own().emplace(std::forward<Arguments>(arguments)...);
    }
    template <class Given>
    void insert_or_assign(const Key& key, Given&& value) {
        own().insert_or_assign(key, std::forward<Given>(value));
    }

    bool operator==(const SharedMap& other) const { return map_ == other.map_ || *map_ == *other.map_; }

private:
    Map& own() {
        if (map_.use_count() > 1)
            map_ = std::make_shared<Map>(*map_);
        return *map_;
    }

    std::shared_ptr<Map> map_ = std::make_shared<Map>();
};

} // namespace bulwark
