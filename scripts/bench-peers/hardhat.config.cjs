// The development node runs inside the benchmark's process: no compiler is fetched, nothing listens.
module.exports = {
  networks: {
    hardhat: {
      blockGasLimit: Number(process.env.BLOCK_GAS_LIMIT ?? 60_000_000),
      hardfork: "osaka",
      initialBaseFeePerGas: 0,
      mining: { auto: false, interval: 0, mempool: { order: "fifo" } },
    },
  },
};
