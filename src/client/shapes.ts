import { PATHS_PER_SHAPE } from './bounds.ts';
import type { LimitedRequest } from './decision.ts';
import { Shape } from './shape.ts';

/** Where a way of writing a request leads: the dimensions as they come, name and value in turn. */
type Path = { shape: Shape | undefined; readonly further: Map<string, Map<string, Path>> };

/**
 * The kinds of requests that are followed. One kind has one name, in whatever order its dimensions are written; the ways of writing it that
 * were seen are remembered as paths, so that a request finds its kind without a text being put together.
 */
export class Shapes {
  readonly #byKey = new Map<string, Shape>();
  readonly #paths = new Map<string, Path>();
  #pathCount = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#byKey.size;
  }

  values(): Iterable<Shape> {
    return this.#byKey.values();
  }

  /** The kind of a request; undefined when it was not seen before, or is not followed. */
  find({ resource, dimensions }: LimitedRequest): Shape | undefined {
    let path = this.#paths.get(resource);
    if (path === undefined) return undefined;
    if (dimensions !== undefined) {
      for (const name in dimensions) {
        path = path.further.get(name)?.get(dimensions[name] as string);
        if (path === undefined) return undefined;
      }
    }
    const { shape } = path;
    return shape?.isForgotten === false ? shape : undefined;
  }

  /** Follows a kind of request from now on; undefined when there is no room. */
  open({ resource, dimensions = {} }: LimitedRequest, monoMs: number): Shape | undefined {
    const key = keyOf(resource, dimensions);
    let shape = this.#byKey.get(key);
    if (shape === undefined) {
      if (this.#byKey.size >= this.#most) return undefined;
      shape = new Shape(key, { resource, dimensions: { ...dimensions } }, monoMs);
      this.#byKey.set(key, shape);
    }
    this.#remember(resource, dimensions, shape);
    return shape;
  }

  forget(shape: Shape): void {
    shape.isForgotten = true;
    this.#byKey.delete(shape.key);
  }

  #remember(resource: string, dimensions: Readonly<Record<string, string>>, shape: Shape): void {
    // Paths of what is forgotten, and of ways of writing that nobody uses any more, go all at once: those in use are soon back.
    if (this.#pathCount >= PATHS_PER_SHAPE * this.#most) {
      this.#paths.clear();
      this.#pathCount = 0;
    }
    let path = this.#step(this.#paths, resource);
    for (const name in dimensions) {
      let values = path.further.get(name);
      if (values === undefined) {
        values = new Map();
        path.further.set(name, values);
      }
      path = this.#step(values, dimensions[name] as string);
    }
    path.shape = shape;
  }

  #step(paths: Map<string, Path>, name: string): Path {
    let path = paths.get(name);
    if (path === undefined) {
      path = { shape: undefined, further: new Map() };
      paths.set(name, path);
      this.#pathCount += 1;
    }
    return path;
  }
}

/** The name of a kind of request. With the lengths of its parts, so that no two kinds have one. */
function keyOf(resource: string, dimensions: Readonly<Record<string, string>>): string {
  const names = Object.keys(dimensions).sort();
  return [resource, ...names.flatMap((name) => [name, dimensions[name] ?? ''])]
    .map((part) => `${part.length}:${part}`)
    .join('');
}
