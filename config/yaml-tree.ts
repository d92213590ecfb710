import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Findings, Place } from './findings.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { childPath, type Path } from './path.ts';
import { UNREADABLE } from './written.ts';

/** Deeper nesting than any configuration needs. */
const DEPTH_MAX = 24;

/** Values reached through aliases, in all: a few hundred bytes of aliases to aliases could otherwise stand for billions. */
const ALIASED_VALUES_MAX = 10_000;

/** Names that mean something to JavaScript objects and nothing to a configuration. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What the values belong to, and where what is said about them goes. */
export type Surroundings = {
  readonly origin: string;
  readonly path: Path;
  readonly variables: Variables | undefined;
  readonly findings: Findings;
  /** The place of an offset into the text. */
  readonly placeAt: (offset: number) => Place;
};

/** Walks a document in the order of its text, so that an alias always finds the anchor that stands before it. */
export class TreeBuilder {
  readonly #around: Surroundings;
  readonly #findings: Findings;
  readonly #anchors = new Map<string, Node>();
  /** Collections whose insides are being read. */
  readonly #open = new Set<Node>();
  #aliased = 0;

  /** Reads values that belong where `around` says. */
  constructor(around: Surroundings) {
    this.#around = around;
    this.#findings = around.findings;
  }

  /** The plain values of a document's contents; `null` where there is nothing. */
  build(contents: unknown): unknown {
    return this.#value(contents, this.#around.path, { depth: 0, aliased: false, key: undefined });
  }

  #value(node: unknown, path: Path, at: Position): unknown {
    if (isAlias(node)) return this.#alias(node, path, at);
    const place = this.#placeOf(node) ?? at.key ?? { origin: this.#around.origin, line: 1, column: 1 };
    // What is missing stands where its key does, not behind the comments that follow it.
    const isMissing = isScalar(node) && node.value === null;
    this.#findings.place(path, isMissing ? (at.key ?? place) : place, at.key ?? place);
    if (!this.#affordable(path, at)) return UNREADABLE;
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node.value);
    this.#open.add(node);
    const tree = isMap(node) ? this.#map(node, path, at) : this.#list(node, path, at);
    this.#open.delete(node);
    return tree;
  }

  #alias(alias: Alias, path: Path, at: Position): unknown {
    const place = this.#placeOf(alias) ?? this.#findings.placeOf(path);
    const target = this.#anchors.get(alias.source);
    if (target !== undefined && !this.#open.has(target))
      return this.#value(target, path, { ...at, aliased: true });
    const message =
      target === undefined ? `no anchor &${alias.source} before this` : `&${alias.source} holds itself`;
    this.#findings.reportPlace(path, place, { message, hint: 'write the value out' });
    return UNREADABLE;
  }

  #scalar(value: unknown): unknown {
    const variables = this.#around.variables;
    return typeof value === 'string' && variables !== undefined ? interpolate(value, variables) : value;
  }

  #list(list: YAMLSeq, path: Path, at: Position): unknown[] {
    return list.items.map((item, index) =>
      this.#value(item, childPath(path, index), { ...at, depth: at.depth + 1, key: undefined }),
    );
  }

  #map(map: YAMLMap, path: Path, at: Position): Record<string, unknown> {
    const tree: Record<string, unknown> = {};
    for (const pair of map.items) {
      const key = this.#key(pair, path);
      if (key === undefined) continue;
      const child = childPath(path, key.text);
      if (Object.hasOwn(tree, key.text)) {
        const first = this.#findings.placeOf(child);
        const hint = `keep one; the first is on line ${first.line}`;
        this.#findings.reportPlace(child, key.place, { message: 'is given twice', hint });
      } else {
        tree[key.text] = this.#value(pair.value, child, { ...at, depth: at.depth + 1, key: key.place });
      }
    }
    return tree;
  }

  #key(pair: Pair, path: Path): { readonly text: string; readonly place: Place } | undefined {
    const place = this.#placeOf(pair.key) ?? this.#findings.placeOf(path);
    if (!isScalar(pair.key) || pair.key.value === null) {
      const hint = 'write name: value';
      this.#findings.reportPlace(path, place, { message: 'a key is not plain text', hint });
      return undefined;
    }
    if (pair.key.anchor !== undefined) this.#anchors.set(pair.key.anchor, pair.key);
    const text = String(typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? ''));
    if (REFUSED_KEYS.has(text)) {
      const message = `the name ${text} is not allowed`;
      this.#findings.reportPlace(path, place, { message, hint: 'choose another name' });
      return undefined;
    }
    return { text, place };
  }

  #affordable(path: Path, at: Position): boolean {
    if (at.depth > DEPTH_MAX) {
      this.#findings.report(path, { message: `nested deeper than ${DEPTH_MAX} levels` });
      return false;
    }
    if (!at.aliased) return true;
    this.#aliased += 1;
    if (this.#aliased === ALIASED_VALUES_MAX + 1) {
      const message = `aliases stand for more than ${ALIASED_VALUES_MAX} values`;
      this.#findings.report(path, { message, hint: 'write the values out' });
    }
    return this.#aliased <= ALIASED_VALUES_MAX;
  }

  #placeOf(node: unknown): Place | undefined {
    if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
    return node.range ? this.#around.placeAt(node.range[0]) : undefined;
  }
}

type Position = {
  readonly depth: number;
  /** Whether an alias leads here. */
  readonly aliased: boolean;
  /** Where the key of this value is; undefined for list items and the whole. */
  readonly key: Place | undefined;
};
