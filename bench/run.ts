// `npm run bench`: runs the benchmarks and prints their figures as JSON lines.
import { benchIngest } from './ingest.js';

const posts = Number(process.argv[2] ?? '100000');
if (!Number.isInteger(posts) || posts <= 0) throw new Error(`expected a number of posts, got "${process.argv[2]}"`);
process.stderr.write(`Ingest of ${posts} posts with metas and terms\n`);
console.log(JSON.stringify({ benchmark: 'ingest', node: process.version, ...(await benchIngest(posts)) }));
