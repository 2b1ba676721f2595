// What the tests print: each failure with its reason, and in the end "N passed, N failed".
import { relative } from 'node:path';

const reason = ({ cause, message, stack }) =>
  cause?.code === 'ERR_ASSERTION' ? cause.message : (cause?.stack ?? stack ?? message);

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const files = new Set();
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = relative('.', data.file ?? '');
    if (!files.has(file)) yield `${file}\n`;
    files.add(file);
    if (data.details.type === 'suite') continue;
    if (data.skip !== undefined) {
      counts.skipped += 1;
      yield `  skipped: ${data.name}: ${data.skip}\n`;
    } else if (type === 'test:pass') {
      counts.passed += 1;
    } else {
      counts.failed += 1;
      const text = String(reason(data.details.error)).replace(/^/gm, '      ');
      yield `  FAILED: ${data.name} (${file}:${data.line})\n${text}\n`;
    }
  }
  yield `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}\n`;
}
