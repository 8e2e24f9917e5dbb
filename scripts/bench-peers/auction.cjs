// The same sealed-bid auction as a contract on hardhat's node: node auction.cjs BOOK.csv
// Prints one line of CSV: limit, bids, gas of a commit, a reveal and a settled bid, seconds of each, blocks.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const solc = require("solc");
const hre = require("hardhat");
const { AbiCoder, Wallet, ContractFactory, Interface, Transaction, id, keccak256, parseEther } = require("ethers");

const SETTLED_AT_ONCE = 200;
const CALLS_IN_FLIGHT = 100;
const WEI_PER_GWEI_WATT_HOUR = 1_000_000n;

function compile() {
  const content = readFileSync(join(__dirname, "SealedBids.sol"), "utf8");
  const input = {
    language: "Solidity",
    sources: { "SealedBids.sol": { content } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input)));
  const fatal = errors.filter((error) => error.severity === "error");
  if (fatal.length > 0) throw new Error(fatal.map((error) => error.formattedMessage).join("\n"));
  const { abi, evm } = contracts["SealedBids.sol"].SealedBids;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

function book(path) {
  const lines = readFileSync(path, "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
  const of = (side) =>
    lines
      .filter(([which]) => which === side)
      .map(([, participant, price, energy]) => ({ participant, price: BigInt(price), energy: BigInt(energy) }));
  return { bids: of("bid"), offers: of("offer").sort((a, b) => (a.price < b.price ? -1 : 1)) };
}

async function main() {
  const rpc = hre.network.provider;
  const { abi, bytecode } = compile();
  const face = new Interface(abi);
  const { bids, offers } = book(process.argv[2]);
  const chainId = BigInt(await rpc.send("eth_chainId"));
  for (const bid of bids) {
    bid.wallet = new Wallet(id(`bidder ${bid.participant}`));
    bid.salt = id(`salt ${bid.participant}`);
    bid.cover = bid.price * bid.energy * WEI_PER_GWEI_WATT_HOUR;
    await rpc.send("hardhat_setBalance", [bid.wallet.address, `0x${(10n ** 24n).toString(16)}`]);
  }
  const operator = new Wallet(id("operator"));
  await rpc.send("hardhat_setBalance", [operator.address, `0x${parseEther("1000").toString(16)}`]);

  const sign = (wallet, nonce, to, data, value, gasLimit) => {
    const fee = { maxFeePerGas: 1_000_000_000n, maxPriorityFeePerGas: 0n, type: 2, chainId };
    const tx = Transaction.from({ ...fee, nonce, to, data, value, gasLimit });
    tx.signature = wallet.signingKey.sign(tx.unsignedHash);
    return tx.serialized;
  };

  // Mines until everything is in, and checks that everything worked.
  async function include(transactions) {
    const begin = process.hrtime.bigint();
    const hashes = [];
    for (let i = 0; i < transactions.length; i += CALLS_IN_FLIGHT) {
      const batch = transactions.slice(i, i + CALLS_IN_FLIGHT);
      hashes.push(...(await Promise.all(batch.map((raw) => rpc.send("eth_sendRawTransaction", [raw])))));
    }
    let blocks = 0;
    for (let included = 0; included < hashes.length; blocks += 1) {
      await rpc.send("evm_mine");
      const count = Number(await rpc.send("eth_getBlockTransactionCountByNumber", ["latest"]));
      if (count === 0) throw new Error(`${hashes.length - included} transactions stay out of the blocks`);
      included += count;
    }
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    let gas = 0n;
    for (const hash of hashes) {
      const receipt = await rpc.send("eth_getTransactionReceipt", [hash]);
      if (receipt === null || receipt.status !== "0x1") throw new Error(`a transaction failed: ${hash}`);
      gas += BigInt(receipt.gasUsed);
    }
    return { seconds, blocks, gas, hashes };
  }

  const { timestamp } = await rpc.send("eth_getBlockByNumber", ["latest", false]);
  const closure = BigInt(timestamp) + 1_000_000n;
  const start = closure + 1_000_000n;
  const sellers = offers.map(({ participant, price, energy }) => [
    new Wallet(id(`seller ${participant}`)).address,
    price,
    energy,
  ]);
  const { data } = await new ContractFactory(abi, bytecode).getDeployTransaction(closure, start, sellers);
  const deployed = await include([sign(operator, 0, null, data, 0n, 16_000_000n)]);
  const contract = (await rpc.send("eth_getTransactionReceipt", [deployed.hashes[0]])).contractAddress;

  const coder = AbiCoder.defaultAbiCoder();
  const types = ["address", "address", "uint64", "uint32", "bytes32"];
  const sealed = ({ wallet, price, energy, salt }) =>
    keccak256(coder.encode(types, [contract, wallet.address, price, energy, salt]));
  const commits = bids.map((bid) =>
    sign(bid.wallet, 0, contract, face.encodeFunctionData("commit", [sealed(bid)]), bid.cover, 150_000n),
  );
  const reveals = bids.map(({ wallet, price, energy, salt }) =>
    sign(wallet, 1, contract, face.encodeFunctionData("reveal", [price, energy, salt]), 0n, 120_000n),
  );
  const order = [...bids].sort((a, b) => (a.price > b.price ? -1 : 1)).map(({ wallet }) => wallet.address);
  const settles = [];
  for (let i = 0; i < order.length; i += SETTLED_AT_ONCE) {
    const call = face.encodeFunctionData("settle", [order.slice(i, i + SETTLED_AT_ONCE)]);
    settles.push(sign(operator, 1 + settles.length, contract, call, 0n, 16_000_000n));
  }

  const commit = await include(commits);
  await rpc.send("evm_setNextBlockTimestamp", [Number(closure)]);
  const reveal = await include(reveals);
  await rpc.send("evm_setNextBlockTimestamp", [Number(start)]);
  const settle = await include(settles);
  const traded = id("Traded(address,address,uint32,uint64)");
  let energy = 0n;
  for (const hash of settle.hashes) {
    const { logs } = await rpc.send("eth_getTransactionReceipt", [hash]);
    for (const log of logs.filter(({ topics }) => topics[0] === traded)) energy += BigInt(log.data.slice(0, 66));
  }
  const parts = [commit, reveal, settle];
  const each = (amount) => (Number(amount) / bids.length).toFixed(0);
  console.log(
    [
      process.env.BLOCK_GAS_LIMIT,
      bids.length,
      ...parts.map(({ gas }) => each(gas)),
      ...parts.map(({ seconds }) => seconds.toFixed(3)),
      parts.reduce((sum, { blocks }) => sum + blocks, 0),
      energy,
    ].join(","),
  );
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
