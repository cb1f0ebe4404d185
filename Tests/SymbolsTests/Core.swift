// A process that gdb stopped, as the core file it wrote: registers, memory, and what gdb said.

internal import Bytes
internal import Symbols

/// The memory and registers of one stopped process.
struct Core {
  private let bytes: [UInt8]
  private var segments: [(offset: Int, address: UInt64, size: Int)] = []
  private(set) var registers = [UInt64?](repeating: nil, count: 17)

  init(path: String) {
    bytes = contents(of: path)
    guard bytes.count > 64 else { return }
    let count = Int(number(56, 2))
    for index in 0..<count {
      let header = Int(number(32, 8)) + index * 56
      let offset = Int(number(header + 8, 8))
      if number(header, 4) == 1 {
        segments.append((offset, number(header + 16, 8), Int(number(header + 32, 8))))
      } else if number(header, 4) == 4 {
        readNotes(offset, Int(number(header + 32, 8)))
      }
    }
  }

  private func number(_ offset: Int, _ size: Int) -> UInt64 {
    bytes[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func readNotes(_ start: Int, _ size: Int) {
    var offset = start
    while offset + 12 <= start + size {
      let name = (Int(number(offset, 4)) + 3) & ~3
      let length = (Int(number(offset + 4, 4)) + 3) & ~3
      if number(offset + 8, 4) == 1, registers[16] == nil {
        let values = offset + 12 + name + 112
        // The order of the kernel's user_regs_struct, by DWARF numbers.
        let order = [15, 14, 13, 12, 6, 3, 11, 10, 9, 8, 0, 2, 1, 4, 5, -1, 16, -1, -1, 7]
        for (position, register) in order.enumerated() where register >= 0 {
          registers[register] = number(values + position * 8, 8)
        }
      }
      offset += 12 + name + length
    }
  }

  func read(_ address: Address, _ count: Int) -> [UInt8]? {
    for segment in segments where address.value >= segment.address {
      let offset = address.value - segment.address
      if offset < UInt64(segment.size), count <= segment.size - Int(offset) {
        let start = segment.offset + Int(offset)
        return Array(bytes[start..<(start + count)])
      }
    }
    return nil
  }

  /// The innermost frame.
  var frame: UnwindFrame {
    UnwindFrame(pc: Address((registers[16] ?? nil) ?? 0), registers: registers)
  }
}

/// Runs gdb over a program. Each of `commands` may contain `MARK`, which is where the stack, and
/// whatever else `atMark` asks for, is printed and a core file written.
struct GDBRun {
  /// What gdb printed at each mark.
  var output: [String] = []
  var cores: [Core] = []
  var bias: UInt64 = 0

  init(_ program: String, _ commands: [String], atMark: [String] = ["bt"]) {
    var script = [
      "set confirm off", "set pagination off", "set width 0", "set debuginfod enabled off",
      "set startup-with-shell off", "set print frame-arguments none", "set print entry-values no",
      "handle SIGUSR1 nostop noprint pass",
    ]
    var marks = 0
    for command in commands {
      if command != "MARK" {
        script.append(command)
        continue
      }
      if marks == 0 { script.append("info files") }
      script.append("echo @@\\n")
      script += atMark
      script.append("echo @@\\n")
      script.append("generate-core-file \(program).core.\(marks)")
      marks += 1
    }
    script.append("kill")
    write(script.joined(separator: "\n") + "\n", to: program + ".gdb")
    let text = shell("timeout -s KILL 60 gdb -nx -batch -x \(program).gdb \(program)")
    let parts = text.split(separator: "@@\n", omittingEmptySubsequences: false)
    for index in stride(from: 1, to: parts.count, by: 2) { output.append(String(parts[index])) }
    cores = (0..<marks).map { Core(path: "\(program).core.\($0)") }
    if let entry = text.split(separator: "Entry point: 0x").dropFirst().first?.prefix(while: {
      $0.isHexDigit
    }),
      let address = UInt64(entry, radix: 16), let file = try? SymbolFile(path: program)
    {
      bias = address &- file.entry.value
    }
    _ = shell("rm -f \(program).core.*")
  }
}

/// One line of gdb's backtrace: a function and a line, 0 where gdb shows none.
struct GDBFrame: Equatable, CustomStringConvertible {
  var function: String
  var line: Int
  var description: String { "\(function):\(line)" }

  /// Reads a whole backtrace.
  static func parse(_ text: String) -> [GDBFrame] {
    text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
      var rest = line.drop { $0 != " " }.drop { $0 == " " }
      if rest.hasPrefix("<signal handler called>") {
        return GDBFrame(function: "<signal handler called>", line: 0)
      }
      if rest.hasPrefix("0x"), let range = rest.split(separator: " in ", maxSplits: 1).last {
        rest = range
      }
      let function = rest.prefix { $0 != " " }
      var number = 0
      if rest.split(separator: " at ").count > 1, let colon = rest.lastIndex(of: ":") {
        number = Int(rest[rest.index(after: colon)...]) ?? 0
      }
      return GDBFrame(function: String(function), line: number)
    }
  }
}
