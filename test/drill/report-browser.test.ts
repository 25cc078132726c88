/** The report in a real browser. Chromium is installed where it is missing and can be. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureTools } from '../../drill/tools';
import { html } from '../../drill/report-html/page';
import { sampleReport, withoutFault } from './sample-report';

function find(): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v chromium']).toString().trim();
  } catch {
    return undefined;
  }
}

const canRun = find() !== undefined || (process.platform === 'linux' && process.getuid?.() === 0);
(canRun ? describe : describe.skip)('report.html in chromium (needs it installed, or root on Debian)', () => {
  let browser: Browser;
  const dir = mkdtempSync(join(tmpdir(), 'fleet-report-'));

  beforeAll(async () => {
    await ensureTools(['chromium'], () => undefined);
    browser = await chromium.launch({ executablePath: find() });
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    // FLEET_KEEP_SCREENSHOTS=1 leaves the pictures for a person to look at.
    if (process.env.FLEET_KEEP_SCREENSHOTS === '1') process.stderr.write(`screenshots: ${dir}\n`);
    else rmSync(dir, { recursive: true, force: true });
  });

  /** Opens a page; what it asked for and complained about comes with it. */
  async function open(
    name: string,
    text: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<{ page: Page; requests: string[]; complaints: string[]; url: string }> {
    const file = join(dir, `${name}.html`);
    writeFileSync(file, text);
    const url = pathToFileURL(file).href;
    const page = await browser.newPage(options);
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    await page.screenshot({ path: join(dir, `${name}.png`), fullPage: true });
    return { page, requests, complaints, url };
  }

  /** Left and right edge of something on the page. */
  async function edges(page: Page, selector: string): Promise<[number, number]> {
    const box = await page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`${selector} is not on the page`);
    return [box.x, box.x + box.width];
  }

  const overflow = (page: Page): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  test('it loads nothing else, complains of nothing, and shows timeline and tables', async () => {
    const { page, requests, complaints, url } = await open('desktop', html(sampleReport()), {
      viewport: { width: 1200, height: 900 },
    });
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
    for (const part of [
      '.banner',
      'h1',
      '#figures',
      '#timeline svg',
      '#writes svg',
      '#writes table',
      '#checks table',
      '#setting table',
      '#standins table',
    ]) {
      expect([part, await page.locator(part).first().isVisible()]).toEqual([part, true]);
    }
  });

  test('fault, detection and first transaction lie where they happened', async () => {
    const { page } = await open('timeline', html(sampleReport()));
    const bar = (name: string) => edges(page, `[data-bar="${name}"] rect`);
    // A line has no width: its left edge is its place, give or take half its stroke.
    const mark = async (name: string) => (await edges(page, `[data-mark="${name}"]`))[0];
    const [faultFrom, faultTo] = await bar('fault');
    const [detectionFrom, detectionTo] = await bar('detection');
    const [rebuildFrom, rebuildTo] = await bar('rebuild');
    expect(await mark('fault')).toBeGreaterThan(faultFrom);
    expect(await mark('fault')).toBeLessThan(faultTo);
    expect(await mark('fault')).toBeLessThan(detectionFrom);
    expect(Math.abs((await mark('detected')) - detectionTo)).toBeLessThan(2);
    expect(await mark('transaction')).toBeGreaterThan(rebuildFrom);
    expect(await mark('transaction')).toBeLessThan(rebuildTo);
  });

  test.each([
    ['recovered', sampleReport()],
    ['failed', withoutFault({ verdict: 'failed', failure: `up failed: ${'x'.repeat(400)}` })],
  ])('%s: nothing sticks out on a phone', async (name, report) => {
    const { page } = await open(`phone-${name}`, html(report), {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
    });
    expect(await overflow(page)).toBe(0);
  });

  test('dark where the reader wants it, light on paper', async () => {
    const { page } = await open('dark', html(sampleReport()), { colorScheme: 'dark' });
    const brightness = async () => {
      const colour = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
      return Math.max(...(colour.match(/\d+/g) ?? []).map(Number));
    };
    expect(await brightness()).toBeLessThan(60);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await brightness()).toBe(255);
    await page.setViewportSize({ width: 680, height: 900 });
    expect(await overflow(page)).toBe(0);
    await page.screenshot({ path: join(dir, 'print.png'), fullPage: true });
  });

  test('a repository that is named like a script does not run', async () => {
    const report = sampleReport();
    const evil = '</title></style><script>alert(1)</script><img src="http://192.0.2.1/x" onerror="alert(2)">';
    report.writes.lost[0].id = evil;
    report.stack = evil;
    const { requests, complaints, url } = await open('evil', html({ ...report, failure: evil, verdict: 'failed' }));
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
  });
});
