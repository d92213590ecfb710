import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resourceOfPath } from '../../src/adapters/http/gateway-path.ts';
import { isPlainText } from '../../src/adapters/http/plain-text.ts';

test.each([
  ['/api/orders', '/api/orders'],
  ['/api/orders?page=2', '/api/orders'],
  ['/api/orders#top', '/api/orders'],
  ['/', '/'],
  ['', '/'],
  ['?a=b', '/'],
  ['/api/orders/', '/api/orders/'],
  ['//api///orders', '/api/orders'],
  ['/public/../api/orders', '/api/orders'],
  ['/public/%2e%2E/api/orders', '/api/orders'],
  ['/public/..%2fapi/orders', '/api/orders'],
  ['/../../api', '/api'],
  ['/api/./orders/.', '/api/orders/'],
  ['/api/orders/..', '/api/'],
  ['/api/.hidden/..a', '/api/.hidden/..a'],
  ['/%61pi/orders', '/api/orders'],
  ['/a%2520b', '/a%20b'],
  ['/gr%C3%B6%C3%9Fe', '/größe'],
  ['/a%ffb%zz%', '/a%FFb%zz%'],
  ['/a%00b%0d%0ac', '/a%00b%0D%0Ac'],
  ['https://shop.example/api/orders?x=1', '/api/orders'],
  ['https://shop.example', '/'],
  ['api/orders', '/api/orders'],
])('%s is %s', (target, resource) => {
  expect(resourceOfPath('', target)).toBe(resource);
});

test('a long path is cut at the bound, at a whole character', () => {
  expect(resourceOfPath('GET ', `/${'x'.repeat(500)}`)).toBe(`GET /${'x'.repeat(251)}`);
  for (const letter of ['ö', '€', '😀']) {
    const resource = resourceOfPath('', `/${letter.repeat(300)}`);
    expect(Buffer.byteLength(resource)).toBeGreaterThan(252);
    expect(isPlainText(resource)).toBe(true);
  }
});

test('whatever a target is, its resource is plain text that begins with a slash and has no dot segments', () => {
  const pieces = fc.oneof(
    fc.constantFrom('/', '.', '..', '%2e', '%2F', '%', '%ff', '%c3%b6', '%00', '?', '#', 'a', '://', '\\'),
    fc.string({ unit: 'grapheme', maxLength: 3 }).filter((text) => !/\p{Cc}/u.test(text)),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
      const resource = resourceOfPath('', parts.join(''));
      expect(resource).toMatch(/^\//);
      expect(isPlainText(resource)).toBe(true);
      expect(resource).not.toMatch(/\/\.{0,2}\//);
    }),
  );
});
