import { Redactor } from '../../engine/redact';
import { secret } from '../../engine/values';

const connection = secret({ host: '198.18.0.10', privateKey: 'line one of a private key\nline two of a private key' });

test('hides what is inside a secret, also line by line, but tells which address it was', () => {
  const redactor = new Redactor();
  redactor.learn({ connection });
  expect(redactor.clean('198.18.0.10:22 refused "line two of a private key"')).toBe(
    '198.18.0.10:22 refused "[secret]"',
  );
});

test('leaves alone what is not secret', () => {
  const redactor = new Redactor();
  redactor.learn({ name: 'an ordinary name' });
  expect(redactor.clean('an ordinary name')).toBe('an ordinary name');
});
