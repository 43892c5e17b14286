export { runBench, type BenchIo } from "./run-bench.ts";
