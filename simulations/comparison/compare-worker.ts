import { parentPort } from 'node:worker_threads';
import { type Job, runJob } from './jobs.ts';

// A thread of a comparison: answers every job that it is sent with the result.
parentPort?.on('message', (job: Job) => {
  void runJob(job).then((result) => parentPort?.postMessage(result));
});
