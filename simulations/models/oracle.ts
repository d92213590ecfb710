import type { Model, ModelPorts } from './model.ts';
import { WindowTable } from './window-table.ts';

/**
 * A counter that every region reads and writes at once, whatever lies between them: what no network allows, and nothing can beat.
 * All processes of one world share `shelf`.
 */
export function oracle(shelf: Map<string, unknown>): (ports: ModelPorts<never>) => Model<never> {
  return (ports) => {
    const used = WindowTable.kept({ ...ports, shelf }, () => ({ permits: 0 }));
    return {
      check(counted, permits, answer) {
        const fits = counted.every((each) => used.at(each).permits + permits <= each.limit.limit);
        if (fits) for (const each of counted) used.at(each).permits += permits;
        answer(fits);
      },
      hear() {},
    };
  };
}
