import { expect, test } from 'vitest';
import { nameOfRegion, namesOf } from '../../transport/certificate-names.ts';

test.each([
  [undefined, []],
  ['DNS:us-east.headgate, DNS:EU.Headgate', ['us-east.headgate', 'eu.headgate']],
  [
    'IP Address:127.0.0.1, URI:spiffe://example.org/headgate/us-east',
    ['spiffe://example.org/headgate/us-east'],
  ],
  // Names that hold what separates names are quoted: they are one name, and not that of a region.
  ['URI:"spiffe://a, DNS:us-east.headgate"', ['spiffe://a, DNS:us-east.headgate']],
  ['DNS:"a\\", DNS:us-east.headgate"', ['a", dns:us-east.headgate']],
  ['DNS:ok, nonsense', []],
  ['DirName:"CN = us-east.headgate", email:us-east.headgate', []],
])('the alternative names %j are for %j', (subjectAltName, names) => {
  expect([...namesOf({ subjectAltName })]).toEqual(names);
});

test('a template is filled in with region and environment', () => {
  expect(nameOfRegion('{region}.{environment}.headgate', 'us-east', 'test')).toBe('us-east.test.headgate');
});
