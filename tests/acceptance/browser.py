"""A real browser for acceptance tests: Debian's Chromium without a window, driven by its chromedriver."""
import base64
import contextlib
import json
import os

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

DESKTOP, TELEPHONE = (1280, 900), (375, 812)

# How far the page, or what is in it and does not scroll by itself, reaches beyond its right edge.
OVERFLOW = '''
const width = document.documentElement.clientWidth;
const scrolls = e => e && (getComputedStyle(e).overflowX === 'auto' || scrolls(e.parentElement));
return [...document.querySelectorAll('main *, header *, footer *')]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    .map(e => e.tagName + '.' + e.className + ' reaches ' + Math.round(e.getBoundingClientRect().right))
    .concat(document.documentElement.scrollWidth > width ? ['the page is ' + document.documentElement.scrollWidth + ' wide'] : []);
'''

# Visible texts whose contrast is below what WCAG 2.1 asks for at level AA.
CONTRAST = '''
const channels = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => { const [r, g, b] = channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const paper = e => { const own = getComputedStyle(e).backgroundColor;
    return channels(own)[3] === 0 ? (e.parentElement ? paper(e.parentElement) : 'rgb(255, 255, 255)') : own; };
const found = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, style = getComputedStyle(e);
    if (!walker.currentNode.data.trim() || !e.getClientRects().length) continue;
    const [a, b] = [light(style.color), light(paper(e))].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
        found.add(e.tagName + '.' + e.className + ' ' + style.color + ' on ' + paper(e) + ': ' + ratio.toFixed(2));
}
return [...found];
'''


class Browser:
    def __init__(self, driver):
        self.driver = driver

    def size(self, width, height):
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
            'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 500})

    def colours(self, scheme):
        """As a reader prefers them: light or dark."""
        self.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {
            'features': [{'name': 'prefers-color-scheme', 'value': scheme}]})

    def scripts(self, allowed):
        self.driver.execute_cdp_cmd('Emulation.setScriptExecutionDisabled', {'value': not allowed})

    def open(self, path):
        self.driver.get('file://' + path)

    def evaluate(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def overflow(self):
        return self.evaluate(OVERFLOW)

    def poor_contrast(self):
        return self.evaluate(CONTRAST)

    def complaints(self):
        """What the console had to say since the last time."""
        return [entry['message'] for entry in self.driver.get_log('browser')]

    def requests(self):
        """The addresses that were asked for since the last time."""
        messages = [json.loads(entry['message'])['message'] for entry in self.driver.get_log('performance')]
        return [message['params']['request']['url'] for message in messages
                if message['method'] == 'Network.requestWillBeSent']

    def photograph(self, path, whole=False):
        data = self.driver.execute_cdp_cmd('Page.captureScreenshot', {'captureBeyondViewport': whole})['data']
        with open(path, 'wb') as file:
            file.write(base64.b64decode(data))


@contextlib.contextmanager
def browser(directory):
    """Its profile is below `directory`; it resolves no name, so that nothing it might want leaves the machine."""
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                     '--disable-background-networking', '--disable-component-update', '--hide-scrollbars',
                     '--host-resolver-rules=MAP * ~NOTFOUND', '--user-data-dir=' + os.path.join(directory, 'browser')):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    try:
        driver.get('about:blank')
        result = Browser(driver)
        result.requests(), result.complaints()  # of the page that it starts with
        yield result
    finally:
        driver.quit()
