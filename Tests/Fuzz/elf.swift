// modules: Bytes Symbols
//
// The symbol reader on whole images: any file at all is refused or answers every question, without
// trapping and in bounded time.

import Bytes
import Symbols

private func memory(_ address: Address, _ count: Int) -> [UInt8]? {
  address.value < 1 << 40 ? [UInt8](repeating: 0x41, count: count) : nil
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  _ = SymbolFile.buildID(inFirstPage: Array(input.prefix(4096)))
  guard let file = try? SymbolFile(bytes: input) else { return 0 }
  var probes: [Address] = [file.entry, Address(0), Address(.max)]
  for section in file.sections.prefix(16) {
    for step: UInt64 in [0, 1, section.size / 3, section.size / 2, section.size &- 1] {
      probes.append(section.address.advanced(by: step))
    }
  }
  for probe in probes {
    let frames = file.frames(at: probe)
    precondition(frames.count <= 257, "a chain of frames without end")
    _ = file.symbol(covering: probe)
    if let function = file.function(at: probe) { _ = file.breakpointAddress(of: function) }
    if let range = file.statement(at: probe) { precondition(range.contains(probe)) }
    _ = file.lineRow(at: probe)
    var frame: UnwindFrame? = UnwindFrame(
      pc: probe, registers: (0..<17).map { UInt64($0) &* 0x1000 })
    for _ in 0..<8 {
      guard let current = frame else { break }
      for depth in 0..<3 { _ = file.variables(at: current, inlineDepth: depth, memory: memory) }
      frame = file.unwind(current, memory: memory)
    }
  }
  _ = file.functions(named: "main")
  _ = file.inlinedInstances(named: "twice")
  _ = file.completions(of: "", limit: 100)
  _ = file.data(named: "sink")
  for path in file.sourceFiles().prefix(4) { _ = file.locations(file: path, line: 1) }
  return 0
}
