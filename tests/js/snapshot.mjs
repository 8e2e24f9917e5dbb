// Takes the latest finalized state of a running node into a file, for the rehearsal of an upgrade:
// node snapshot.mjs http://127.0.0.1:9944 FILE
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';

const PAGE = 1_000;
const TIMEOUT_MS = 30_000;
/** The runtime's Wasm, `:code`, is not what is rehearsed: the new runtime is. */
const CODE = '0x3a636f6465';

const [url, file] = process.argv.slice(2);
assert(url && file, 'usage: node snapshot.mjs URL FILE');

const ask = async (method, ...params) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { result, error } = await response.json();
  assert(!error, `${method}: ${error?.message}`);
  return result;
};

const block = await ask('chain_getFinalizedHead');
const top = {};
for (let last = null; ; ) {
  const page = await ask('state_getKeysPaged', '0x', PAGE, last, block);
  const keys = page.filter((key) => key !== CODE);
  if (keys.length > 0) {
    const [{ changes }] = await ask('state_queryStorageAt', keys, block);
    for (const [key, value] of changes) top[key] = value;
  }
  if (page.length < PAGE) break;
  last = page.at(-1);
}
await writeFile(file, JSON.stringify(top, null, 2));
console.log(`${Object.keys(top).length} entries of the state of block ${block}`);
