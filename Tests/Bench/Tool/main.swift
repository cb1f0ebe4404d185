// Measures what runs inside the tool's process; the scripts beside it measure whole commands.
//
//   porthole-bench link SOCKET [SYMBOLS]     T4, T6 on a stopped guest
//   porthole-bench turns SOCKET              T2, T3: a figure for each line of standard input
//   porthole-bench symbols FILE COUNT        T5: COUNT addresses of FILE to function, line, inlining

internal import Glibc

switch CommandLine.arguments.dropFirst().first {
case "link" where CommandLine.arguments.count >= 3:
  try LinkBench.run(
    socket: CommandLine.arguments[2],
    symbols: CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : nil)
case "turns" where CommandLine.arguments.count == 3:
  try TurnBench.run(socket: CommandLine.arguments[2])
case "symbols" where CommandLine.arguments.count == 4:
  try SymbolBench.run(
    path: CommandLine.arguments[2], count: Int(CommandLine.arguments[3]) ?? 20_000)
default:
  print("usage: porthole-bench link SOCKET [SYMBOLS] | turns SOCKET | symbols FILE COUNT")
  exit(2)
}
