import { readFileSync } from 'node:fs';
import { startProvider } from '../sandbox/provider/index.ts';
import { klingCredentials } from '../test/harness/kling-credentials.ts';
import { startHarness } from '../test/harness/index.ts';
const photo = readFileSync(new URL('../sandbox/photos/coffee.jpg', import.meta.url));
const provider = await startProvider({ taskMs: [6000, 6000], slots: 5, seed: 7 });
const n8n = await startHarness();
for (let round = 0; round < 2; round++) {
  await provider.control.reset();
  const t = Date.now();
  const run = await n8n.run({
    node: 'n8n-nodes-kling-aliyun.kling',
    parameters: { resource: 'imageExpansion', operation: 'create', upExpansionRatio: 0.5 },
    items: Array.from({ length: 20 }, (_, i) => ({ json: {i}, binary: { data: { buffer: photo, fileName: 'coffee.jpg', mimeType: 'image/jpeg' } } })),
    credentials: klingCredentials(provider.url), executionId: String(1000+round), resumeToken: 'tok'+round
  });
  const reqs = provider.control.requests();
  console.log(round, 'ms', Date.now() - t, 'items', run.items.length, run.error?.message, 'tasks', provider.control.ledger().length, 'refused', reqs.filter(r => r.code === 1303).length, 'reads', reqs.filter(r => r.method === 'GET').length);
}
await n8n.stop(); await provider.stop();
