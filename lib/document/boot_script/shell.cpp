#include "document/boot_script/shell.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace bulwark::shell {
namespace {

using Stops = std::initializer_list<std::string_view>;

constexpr std::string_view blanks = " \t";
constexpr std::string_view metacharacters = " \t\n;&|<>()";

// No boot script nests so deep; without a limit a file of brackets would exhaust the stack.
constexpr std::size_t deepest = 100;

// Nor has one so many commands; without a limit those of a file of semicolons would exhaust the memory.
constexpr std::size_t most_commands = 500000;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// Why the scanner cannot go on.
struct Stuck {
    std::size_t at;
    std::string why;
};

/// Reads a script by recursive descent, as the shell does, and notes what it finds.
class Scanner {
public:
    Scanner(std::string_view text, bool has_returns) : text_(text) { found_.has_returns = has_returns; }

    Script script();
    std::optional<Script> first_statement();

    /// How many bytes were read so far, those included that were only looked at ahead.
    std::size_t read() const { return at_ + looked_ahead_; }

private:
    class Deeper;

    struct HereDocument {
        std::size_t begin = 0;
        std::string delimiter;
        bool without_tabs = false; // <<-
        bool literal = false;      // the delimiter is quoted
    };

    /// How much was found up to a place in the text.
    struct Mark {
        std::size_t at, commands, statements, bodies, comments;
    };

    // where we are
    bool done() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool ahead(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    bool at_return() const { return found_.has_returns && ahead("\r\n"); }
    bool word_ends() const { return done() || metacharacters.find(peek()) != std::string_view::npos || at_return(); }
    std::string_view bare_word() const;
    Mark mark() const;
    void rewind(const Mark& mark);
    void require(bool condition, std::size_t at, std::string_view why) const;
    [[noreturn]] void refuse_token() const;

    // between commands
    void skip_blanks();
    void skip_separators(std::size_t body);
    void comment(std::size_t body);
    void newline();
    void here_document(const HereDocument& document);

    // words
    Word word();
    void element(Word& word, bool in_quotes);
    void backslash(Word& word, bool in_quotes);
    void single_quotes(Word& word);
    void double_quotes(Word& word);
    void backquotes();
    void dollar(bool in_quotes);
    void parameter(bool in_quotes);
    void quote_in_parameter(bool in_quotes, bool is_pattern);
    void pattern();
    void parenthesis();
    void substitution();
    std::optional<std::size_t> arithmetic_end();
    std::size_t end_of_arithmetic(std::size_t begin) const;

    // commands
    void list(std::size_t body, Stops stops);
    bool stops_here(Stops stops) const;
    void statement(std::size_t body);
    void pipeline(std::size_t statement);
    void command(std::size_t statement);
    bool compound(std::size_t self);
    void simple(std::size_t self);
    void add_word(std::size_t self);
    bool opens_function(std::size_t self) const;
    void function_body(std::size_t self);
    bool redirection_ahead() const;
    bool process_ahead() const;
    void redirection();
    void redirection_target();

    // compound commands
    void block(std::size_t self, std::string_view opener, Stops stops);
    void keyword(std::string_view word);
    void close(std::string_view word, std::size_t begin, std::string_view opener);
    void conditional(std::size_t self);
    void loop(std::size_t self, std::string_view opener);
    void iteration(std::size_t self, std::string_view opener);
    void choice(std::size_t self);
    void branch(std::size_t self);
    void function(std::size_t self);
    void test(std::size_t self);
    void arithmetic(std::size_t self, std::size_t end);

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t token_end_ = 0; // of the last token that was read
    std::size_t depth_ = 0;
    std::size_t looked_ahead_ = 0;
    std::vector<HereDocument> pending_;
    Script found_;
};

class Scanner::Deeper {
public:
    explicit Deeper(Scanner& scanner) : scanner_(scanner) {
        scanner.require(scanner.depth_ < deepest, scanner.at_, "it is nested too deeply");
        ++scanner.depth_;
    }
    ~Deeper() { --scanner_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

private:
    Scanner& scanner_;
};

/// The unquoted text up to the next blank or operator, which is a reserved word if it looks like one; nothing where the
/// word is quoted or expanded in part, because it is never reserved then.
std::string_view Scanner::bare_word() const {
    const std::size_t end = std::min(text_.find_first_of(" \t\n;&|<>()\"'\\$`", at_), text_.size());
    if (end < text_.size() && std::string_view("\"'\\$`").find(text_[end]) != std::string_view::npos)
        return {};
    const std::string_view word = text_.substr(at_, end - at_);
    const bool has_return = found_.has_returns && word.ends_with('\r') && text_.substr(end).starts_with('\n');
    return word.substr(0, word.size() - (has_return ? 1 : 0));
}

Scanner::Mark Scanner::mark() const {
    return {at_, found_.commands.size(), found_.statements.size(), found_.bodies.size(), found_.comments.size()};
}

/// Forgets what was found since, but not where we are.
void Scanner::rewind(const Mark& mark) {
    found_.commands.resize(mark.commands);
    found_.statements.resize(mark.statements);
    found_.bodies.resize(mark.bodies);
    found_.comments.resize(mark.comments);
}

void Scanner::require(bool condition, std::size_t at, std::string_view why) const {
    if (!condition)
        throw Stuck{at, std::string(why)};
}

void Scanner::refuse_token() const {
    const std::string_view word = bare_word();
    if (done())
        throw Stuck{at_, "a command is missing at the end"};
    if (peek() == '\n')
        throw Stuck{at_, "the line ends too early"};
    constexpr std::size_t most_shown = 40;
    throw Stuck{at_, "'" + std::string(word.empty() ? text_.substr(at_, 1) : word.substr(0, most_shown)) +
                         "' is unexpected"};
}

/// Blanks, and lines that a backslash joins.
void Scanner::skip_blanks() {
    for (; !done(); ++at_) {
        if (ahead("\\\n"))
            found_.continued_lines.push_back(++at_ + 1);
        else if (blanks.find(peek()) == std::string_view::npos && !at_return())
            return;
    }
}

/// Everything up to the next command. A statement of `body`, if it is one, could begin there.
void Scanner::skip_separators(std::size_t body) {
    for (skip_blanks(); !done(); skip_blanks()) {
        if (peek() == '#')
            comment(body);
        else if (peek() == '\n')
            newline();
        else
            return;
    }
}

void Scanner::comment(std::size_t body) {
    const std::size_t begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size()); // a backslash does not continue a comment
    found_.comments.push_back({{begin, at_}, body});
}

void Scanner::newline() {
    ++at_;
    for (const HereDocument& document : std::exchange(pending_, {}))
        here_document(document);
}

void Scanner::here_document(const HereDocument& document) {
    bool continued = false;
    while (!done()) {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, end - at_);
        if (document.without_tabs)
            line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (found_.has_returns && line.ends_with('\r'))
            line.remove_suffix(1);
        const bool is_delimiter = line == document.delimiter;
        // Shells differ on whether a backslash at the end of the line above still hides the delimiter.
        require(!is_delimiter || !continued, at_, "a backslash stands before the end of a here document");
        at_ = std::min(end + 1, text_.size());
        if (is_delimiter)
            return found_.here_documents.push_back({document.begin, at_});
        continued = !document.literal && line.ends_with('\\');
    }
    constexpr std::size_t most_shown = 40;
    throw Stuck{document.begin, "the here document has no end '" + document.delimiter.substr(0, most_shown) + "'"};
}

/// The word at this place, of which at least one character is there.
Word Scanner::word() {
    Word word;
    word.span.begin = at_;
    while (!word_ends())
        element(word, false);
    word.span.end = token_end_ = at_;
    if (word.span.begin == at_)
        refuse_token();
    return word;
}

/// One character of a word, quoted text or an expansion.
void Scanner::element(Word& word, bool in_quotes) {
    const std::size_t begin = at_;
    switch (peek()) {
    case '\\':
        return backslash(word, in_quotes);
    case '\'':
        if (!in_quotes)
            return single_quotes(word);
        break;
    case '"':
        return double_quotes(word);
    case '`':
        backquotes();
        break;
    case '$':
        dollar(in_quotes);
        break;
    default:
        if (!in_quotes && peek(1) == '(' && std::string_view("@*?+!").find(peek()) != std::string_view::npos)
            pattern();
        break;
    }
    word.expands = word.expands || at_ > begin;
    at_ += at_ == begin ? 1 : 0;
    word.value.append(text_.substr(begin, at_ - begin));
}

void Scanner::backslash(Word& word, bool in_quotes) {
    if (ahead("\\\n")) {
        found_.continued_lines.push_back(at_ + 2);
    } else {
        if (at_ + 1 == text_.size() ||
            (in_quotes && std::string_view("$`\"\\").find(peek(1)) == std::string_view::npos))
            word.value += '\\';
        word.value.append(text_.substr(at_ + 1, 1));
    }
    at_ = std::min(at_ + 2, text_.size());
}

void Scanner::single_quotes(Word& word) {
    const std::size_t end = text_.find('\'', at_ + 1);
    require(end != std::string_view::npos, at_, "a ' is never closed");
    word.value.append(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
}

void Scanner::double_quotes(Word& word) {
    const std::size_t begin = at_++;
    while (peek() != '"') {
        require(!done(), begin, "a \" is never closed");
        element(word, true);
    }
    ++at_;
}

void Scanner::backquotes() {
    const std::size_t begin = at_++;
    for (; peek() != '`'; ++at_) {
        require(!done(), begin, "a ` is never closed");
        if (peek() == '\\')
            ++at_;
    }
    ++at_;
}

/// `$` and what belongs to it, but the name of a variable, which is ordinary text.
void Scanner::dollar(bool in_quotes) {
    const Deeper deeper(*this);
    const std::size_t begin = at_++;
    if (peek() == '(') {
        parenthesis();
    } else if (peek() == '{') {
        parameter(in_quotes);
    } else if (peek() == '$') {
        ++at_;
    } else if (peek() == '\'' && !in_quotes) {
        // ksh88 takes the $ for itself, ksh93 and bash let backslashes quote in what follows: both must agree.
        Word ignored;
        single_quotes(ignored);
        require(ignored.value.find('\\') == std::string::npos, begin, "there is a backslash in $'...'");
    }
}

void Scanner::parameter(bool in_quotes) {
    const std::size_t begin = at_++;
    require(!ahead("\n") && blanks.find(peek()) == std::string_view::npos, begin, "a blank stands behind ${");
    // The first character of the name may be # or another that is an operator after a name.
    const std::size_t name = at_;
    char operation = '\0';
    while (peek() != '}') {
        Word ignored;
        require(!done(), begin, "a ${ is never closed");
        if (operation == '\0' && at_ > name && std::string_view(":-=+?#%/").find(peek()) != std::string_view::npos)
            operation = peek();
        const bool is_pattern = operation == '#' || operation == '%' || operation == '/';
        if (peek() == '\'')
            quote_in_parameter(in_quotes, is_pattern);
        else
            element(ignored, in_quotes);
    }
    ++at_;
}

/// Shells differ on whether a ' quotes in "${name:-it's}", but not in a pattern; they must come to the same end.
void Scanner::quote_in_parameter(bool in_quotes, bool is_pattern) {
    const std::size_t begin = at_;
    Word quoted;
    single_quotes(quoted);
    require(!in_quotes || is_pattern || quoted.value.find_first_of("}\"\\`$") == std::string::npos, begin,
            "a ' stands in \"${...}\"");
}

/// `@(...)` and its like.
void Scanner::pattern() {
    const Deeper deeper(*this);
    const std::size_t begin = at_;
    for (at_ += peek() == '(' ? 1 : 2; peek() != ')';) {
        Word ignored;
        require(!done(), begin, "a ( is never closed");
        if (peek() == '(')
            pattern();
        else if (word_ends())
            ++at_;
        else
            element(ignored, false);
    }
    ++at_;
}

void Scanner::parenthesis() {
    if (const std::optional<std::size_t> end = arithmetic_end())
        at_ = *end;
    else
        substitution();
}

void Scanner::substitution() {
    const Mark before = mark();
    const std::size_t begin = at_++;
    found_.bodies.push_back({"$(", none, begin, 0});
    list(found_.bodies.size() - 1, {")"});
    require(peek() == ')', begin, "a ( is never closed");
    ++at_;
    rewind(before);
}

/// Where `((...))` ends that begins here, if this is one and not a ( in another.
std::optional<std::size_t> Scanner::arithmetic_end() {
    if (!ahead("(("))
        return std::nullopt;
    const std::size_t end = end_of_arithmetic(at_);
    looked_ahead_ += end - at_;
    // What is not one is read once more, and what is nested in it is looked at as often as it is nested.
    require(looked_ahead_ / deepest <= text_.size(), at_, "too many (( are closed far away or never");
    return text_.substr(end).starts_with("))") ? std::optional(end + 2) : std::nullopt;
}

/// Where the second of the two ( that begin there is closed; the end of the text where it is not.
std::size_t Scanner::end_of_arithmetic(std::size_t begin) const {
    std::size_t open = 0;
    for (std::size_t i = begin; i < text_.size(); ++i) {
        if (text_[i] == '\\')
            ++i;
        else if (text_[i] == '\'' || text_[i] == '"')
            i = std::min(text_.find(text_[i], i + 1), text_.size());
        else if (text_[i] == '(')
            ++open;
        else if (text_[i] == ')' && --open == 1)
            return i;
    }
    return text_.size();
}

void Scanner::list(std::size_t body, Stops stops) {
    for (skip_separators(body); !done() && !stops_here(stops); skip_separators(body))
        statement(body);
}

bool Scanner::stops_here(Stops stops) const {
    return std::any_of(stops.begin(), stops.end(), [this](std::string_view stop) {
        return metacharacters.find(stop.front()) == std::string_view::npos ? bare_word() == stop : ahead(stop);
    });
}

void Scanner::statement(std::size_t body) {
    const std::size_t self = found_.statements.size();
    found_.statements.push_back({{at_, at_}, body, false});
    ++found_.bodies[body].statements;
    for (pipeline(self); ahead("&&") || ahead("||"); pipeline(self)) {
        at_ += 2;
        skip_separators(none);
    }
    if (ahead("|&"))
        keyword("|&");
    else if ((peek() == ';' && !ahead(";;") && !ahead(";&")) || peek() == '&')
        keyword(text_.substr(at_, 1));
    found_.statements[self].span.end = token_end_;
}

void Scanner::pipeline(std::size_t statement) {
    for (skip_blanks(); bare_word() == "!" || bare_word() == "time"; skip_blanks())
        keyword(bare_word());
    command(statement);
    for (skip_blanks(); peek() == '|' && peek(1) != '|' && peek(1) != '&'; skip_blanks()) {
        found_.statements[statement].piped = true;
        ++at_;
        skip_separators(none);
        command(statement);
    }
}

void Scanner::command(std::size_t statement) {
    const Deeper deeper(*this);
    const std::size_t self = found_.commands.size();
    require(self < most_commands, at_, "it has more than 500000 commands");
    found_.commands.push_back({Command::Kind::simple, {at_, at_}, statement, {}, {}});
    if (compound(self)) {
        for (skip_blanks(); redirection_ahead(); skip_blanks())
            redirection();
    } else {
        simple(self);
    }
    found_.commands[self].span.end = token_end_;
}

/// Reads a compound command, if here is one.
bool Scanner::compound(std::size_t self) {
    const std::string_view word = bare_word();
    const std::size_t begin = at_;
    found_.commands[self].kind = Command::Kind::compound;
    if (const std::optional<std::size_t> end = arithmetic_end()) {
        arithmetic(self, *end);
    } else if (peek() == '(') {
        block(self, "(", {")"});
        close(")", begin, "(");
    } else if (word == "{") {
        block(self, "{", {"}"});
        close("}", begin, "{");
    } else if (word == "if") {
        conditional(self);
    } else if (word == "while" || word == "until") {
        loop(self, word);
    } else if (word == "for" || word == "select") {
        iteration(self, word);
    } else if (word == "case") {
        choice(self);
    } else if (word == "function") {
        function(self);
    } else if (word == "[[") {
        test(self);
    } else {
        found_.commands[self].kind = Command::Kind::simple;
        return false;
    }
    return true;
}

void Scanner::simple(std::size_t self) {
    const std::size_t begin = at_;
    if (is_closer(bare_word()))
        refuse_token();
    for (; !done(); skip_blanks()) {
        if (redirection_ahead())
            redirection();
        else if (process_ahead())
            redirection_target();
        else if (opens_function(self))
            return function_body(self);
        else if (word_ends() || peek() == '#')
            break;
        else
            add_word(self);
    }
    Command& command = found_.commands[self];
    if (at_ == begin || peek() == '(')
        refuse_token();
    if (!command.words.empty() && (command.words[0].value == "[" || command.words[0].value == "test"))
        command.kind = Command::Kind::test;
}

void Scanner::add_word(std::size_t self) {
    Word next = word();
    const std::string_view raw = bulwark::at(text_, next.span);
    const bool names = assigned_name(raw).has_value();
    if (names && peek() == '(' && raw.ends_with('=')) {
        pattern(); // name=(...), a list of ksh93
        next.expands = true;
        next.span.end = token_end_ = at_;
    }
    Command& command = found_.commands[self];
    (names && command.words.empty() ? command.assignments : command.words).push_back(std::move(next));
}

bool Scanner::opens_function(std::size_t self) const {
    const Command& command = found_.commands[self];
    return peek() == '(' && command.words.size() == 1 && command.assignments.empty();
}

void Scanner::function_body(std::size_t self) {
    const std::size_t statement = found_.commands[self].statement;
    found_.commands[self].kind = Command::Kind::compound;
    keyword("(");
    skip_blanks();
    require(peek() == ')', at_, "'(' is unexpected");
    keyword(")");
    skip_separators(none);
    command(statement);
}

/// Whether `<`, `>`, `2>` or `&>` stands here, and not `<(...)`.
bool Scanner::redirection_ahead() const {
    const std::size_t end = std::min(text_.size(), at_ + (ahead("&>") ? 1 : 0));
    const auto operation = std::find_if_not(text_.begin() + static_cast<std::ptrdiff_t>(end), text_.end(), is_digit);
    return operation != text_.end() && (*operation == '<' || *operation == '>') && !process_ahead();
}

/// Whether a process substitution of ksh93, `<(...)` or `>(...)`, stands here.
bool Scanner::process_ahead() const { return ahead("<(") || ahead(">("); }

void Scanner::redirection() {
    const std::size_t begin = at_;
    at_ = text_.find_first_of("<>", at_);
    const bool is_here_document = ahead("<<") && !ahead("<<<");
    const bool without_tabs = ahead("<<-");
    constexpr std::array<std::string_view, 10> operations = {"<<<", "<<-", "<<", ">>", "<&",
                                                             ">&",  "<>",  ">|", "<",  ">"};
    at_ += std::find_if(operations.begin(), operations.end(), [this](auto operation) {
               return ahead(operation);
           })->size(); // one of the last two stands here at least
    skip_blanks();
    if (!is_here_document)
        return redirection_target();
    const Word delimiter = word();
    pending_.push_back({begin, delimiter.value, without_tabs,
                        bulwark::at(text_, delimiter.span).find_first_of("\"'\\") != std::string_view::npos});
}

void Scanner::redirection_target() {
    if (!process_ahead()) {
        word();
        return;
    }
    ++at_;
    substitution();
    token_end_ = at_;
}

void Scanner::block(std::size_t self, std::string_view opener, Stops stops) {
    found_.bodies.push_back({opener, self, at_, 0});
    keyword(opener);
    list(found_.bodies.size() - 1, stops);
}

void Scanner::keyword(std::string_view word) {
    at_ += word.size();
    token_end_ = at_;
}

void Scanner::close(std::string_view word, std::size_t begin, std::string_view opener) {
    const std::string why = "'" + std::string(opener) + "' has no '" + std::string(word) + "'";
    require(word == ")" ? peek() == ')' : bare_word() == word, begin, why);
    keyword(word);
}

void Scanner::conditional(std::size_t self) {
    const std::size_t begin = at_;
    found_.commands[self].kind = Command::Kind::conditional;
    for (std::string_view opener = "if"; bare_word() == opener; opener = "elif") {
        block(self, opener, {"then"});
        require(bare_word() == "then", begin, "'" + std::string(opener) + "' has no 'then'");
        block(self, "then", {"elif", "else", "fi"});
    }
    if (bare_word() == "else")
        block(self, "else", {"fi"});
    close("fi", begin, "if");
}

void Scanner::loop(std::size_t self, std::string_view opener) {
    const std::size_t begin = at_;
    block(self, opener, {"do"});
    require(bare_word() == "do", begin, "'" + std::string(opener) + "' has no 'do'");
    block(self, "do", {"done"});
    close("done", begin, opener);
}

/// `for NAME [in WORDS]` or `for ((...))`, and what is done each time.
void Scanner::iteration(std::size_t self, std::string_view opener) {
    const std::size_t begin = at_;
    keyword(opener);
    skip_blanks();
    if (const std::optional<std::size_t> end = arithmetic_end())
        at_ = *end;
    else
        word();
    skip_separators(none);
    if (bare_word() == "in")
        for (keyword("in"), skip_blanks(); !word_ends() && peek() != '#'; skip_blanks())
            word();
    if (peek() == ';')
        ++at_;
    skip_separators(none);
    const bool braces = bare_word() == "{";
    require(braces || bare_word() == "do", begin, "'" + std::string(opener) + "' has no 'do'");
    block(self, braces ? "{" : "do", {braces ? "}" : "done"});
    close(braces ? "}" : "done", begin, opener);
}

void Scanner::choice(std::size_t self) {
    const std::size_t begin = at_;
    keyword("case");
    skip_blanks();
    word();
    skip_separators(none);
    require(bare_word() == "in", begin, "'case' has no 'in'");
    keyword("in");
    for (skip_separators(none); !done() && bare_word() != "esac"; skip_separators(none))
        branch(self);
    close("esac", begin, "case");
}

void Scanner::branch(std::size_t self) {
    if (peek() == '(')
        ++at_;
    for (skip_blanks(); peek() != ')'; skip_blanks())
        if (peek() == '|')
            ++at_;
        else
            word();
    found_.bodies.push_back({"case", self, at_, 0});
    keyword(")");
    list(found_.bodies.size() - 1, {";;", ";&", "esac"});
    for (const std::string_view end : {";;&", ";;", ";&"})
        if (ahead(end))
            return keyword(end);
}

void Scanner::function(std::size_t self) {
    const std::size_t statement = found_.commands[self].statement;
    keyword("function");
    skip_blanks();
    word();
    skip_separators(none);
    if (ahead("()"))
        keyword("()");
    skip_separators(none);
    command(statement);
}

/// `[[ ... ]]`, whose operators are of no interest here.
void Scanner::test(std::size_t self) {
    keyword("[[");
    found_.commands[self].kind = Command::Kind::test;
    for (skip_separators(none); bare_word() != "]]"; skip_separators(none)) {
        if (!done() && std::string_view("()<>&|").find(peek()) != std::string_view::npos) {
            ++at_;
        } else {
            Word next = word();
            found_.commands[self].words.push_back(std::move(next));
        }
    }
    keyword("]]");
}

void Scanner::arithmetic(std::size_t self, std::size_t end) {
    found_.commands[self].kind = Command::Kind::test;
    at_ = token_end_ = end;
}

Script Scanner::script() {
    found_.bodies.push_back({});
    Mark understood = mark();
    try {
        for (skip_separators(0); !done(); skip_separators(0)) {
            if (pending_.empty()) // else the here document of the statement before is still to come
                understood = mark();
            statement(0);
        }
        require(pending_.empty(), understood.at, "a here document is missing");
    } catch (const Stuck& stuck) {
        rewind(understood);
        found_.failure = Failure{understood.at, std::min(stuck.at, text_.size()), stuck.why};
    }
    found_.end = found_.failure ? found_.failure->begin : text_.size();
    return std::move(found_);
}

std::optional<Script> Scanner::first_statement() {
    found_.bodies.push_back({});
    try {
        skip_blanks();
        statement(0);
        skip_blanks();
        if (peek() == '#')
            comment(none);
        if (!done() && peek() != '\n')
            return std::nullopt;
        if (!done())
            newline();
        found_.end = at_;
        const bool goes_on = !found_.continued_lines.empty() && found_.continued_lines.back() == text_.size();
        return pending_.empty() && !goes_on ? std::optional(std::move(found_)) : std::nullopt;
    } catch (const Stuck&) {
        return std::nullopt;
    }
}

} // namespace

bool is_name_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

std::size_t name_size(std::string_view text) {
    if (text.empty() || (text.front() >= '0' && text.front() <= '9'))
        return 0;
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name_character) - text.begin());
}

bool is_closer(std::string_view word) {
    constexpr std::array<std::string_view, 8> closers = {"then", "elif", "else", "fi", "do", "done", "esac", "}"};
    return std::find(closers.begin(), closers.end(), word) != closers.end();
}

bool is_condition(const Body& body) {
    constexpr std::array<std::string_view, 4> openers = {"if", "elif", "while", "until"};
    return std::find(openers.begin(), openers.end(), body.opener) != openers.end();
}

bool is_wrongly_empty(const Body& body) {
    return body.statements == 0 && !body.opener.empty() && body.opener != "case";
}

std::optional<std::string_view> assigned_name(std::string_view word) {
    const std::size_t size = name_size(word);
    std::size_t sign = size;
    if (word.substr(size).starts_with('[')) // an element of an array
        sign = std::min(word.find(']', size), word.size() - 1) + 1;
    if (word.substr(sign).starts_with('+'))
        ++sign;
    return size > 0 && word.substr(sign).starts_with('=') ? std::optional(word.substr(0, size)) : std::nullopt;
}

std::optional<Script> scan_statement(std::string_view text, bool has_returns, Effort& effort) {
    if (effort == 0)
        return std::nullopt;
    Scanner scanner(text, has_returns);
    std::optional<Script> found = scanner.first_statement();
    effort -= std::min(effort, std::max<std::size_t>(scanner.read(), 1));
    return found;
}

Script scan(std::string_view text) {
    return Scanner(text, line_end(text.substr(0, text.find('\n') + 1)) == "\r\n").script();
}

} // namespace bulwark::shell
