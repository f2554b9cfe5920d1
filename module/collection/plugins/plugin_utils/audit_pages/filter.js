'use strict';
// Filters are shown where this runs; without it all rows are.
for (const form of document.querySelectorAll('form.filter')) {
    const rows = [...document.querySelectorAll(form.dataset.rows)];
    const groups = form.dataset.groups ? [...document.querySelectorAll(form.dataset.groups)] : [];
    const texts = rows.map(row => row.textContent.toLowerCase());
    const apply = () => {
        const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(word => word);
        const fits = row => ['status', 'severity'].every(name => {
            const wanted = form.elements[name].value;
            return !wanted || row.dataset[name].split(' ').includes(wanted);
        });
        rows.forEach((row, i) => { row.hidden = !(fits(row) && words.every(word => texts[i].includes(word))); });
        groups.forEach(group => { group.hidden = ![...group.querySelectorAll(form.dataset.rows)].some(row => !row.hidden); });
        form.querySelector('output').value = rows.filter(row => !row.hidden).length + ' of ' + rows.length + ' shown';
    };
    form.addEventListener('input', apply);
    form.addEventListener('submit', event => event.preventDefault());
    form.hidden = false;
    apply();
}
// A link to a rule opens it; on paper all is open.
const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === 'DETAILS')
        target.open = true;
};
addEventListener('hashchange', openTarget);
openTarget();
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(each => { each.open = true; }));
