import { expect, test } from 'vitest';
import { subjectsOf } from '../../transport/subjects.ts';

const subjects = subjectsOf('prod', 'us-east');

test('each region speaks on subjects of its own, and listens to all and to its own', () => {
  expect(subjects.broadcast).toBe('headgate.v1.prod.from.us-east');
  expect(subjects.to('eu-west')).toBe('headgate.v1.prod.to.eu-west.us-east');
  expect(subjects.subscriptions).toStrictEqual(['headgate.v1.prod.from.*', 'headgate.v1.prod.to.us-east.*']);
});

test.each(['*', '>', 'a.b', 'a b', '', '__proto__', 'US'])(
  'nothing is sent to "%s", which is no region',
  (name) => {
    expect(subjects.to(name)).toBeUndefined();
  },
);

test.each([
  ['headgate.v1.prod.from.eu-west', 'eu-west'],
  ['headgate.v1.prod.to.us-east.eu-west', 'eu-west'],
  ['headgate.v1.staging.from.eu-west', undefined],
  ['headgate.v1.prod', undefined],
  ['headgate.v1.prod.from.', undefined],
  ['headgate.v1.prod.from.*', undefined],
])('the sender of %s is %s', (subject, sender) => {
  expect(subjects.senderOf(subject)).toBe(sender);
});
