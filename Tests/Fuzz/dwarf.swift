// modules: Bytes Symbols
//
// The debug sections alone: the input is thirteen runs, each behind its length in two bytes, which
// become the sections of an image whose headers are sound, so that every mutation reaches a reader
// of DWARF: entries, lines, lists, call frames and expressions.

import Bytes
import Symbols

private let names = [
  ".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_ranges",
  ".debug_rnglists", ".debug_loc", ".debug_loclists", ".debug_addr", ".debug_str_offsets",
  ".debug_line_str", ".eh_frame", ".debug_frame",
]

private let code: UInt64 = 0x1000
private let codeSize: UInt64 = 0x1000

private func little(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
}

private func header(
  _ name: Int, type: UInt64, flags: UInt64, address: UInt64, _ offset: Int, _ size: Int
) -> [UInt8] {
  little(UInt64(name), 4) + little(type, 4) + little(flags, 8) + little(address, 8)
    + little(UInt64(offset), 8) + little(UInt64(size), 8) + little(0, 8) + little(1, 8)
    + little(0, 8)
}

private func image(_ sections: [[UInt8]]) -> [UInt8] {
  var text: [UInt8] = [0]
  var headers = header(0, type: 0, flags: 0, address: 0, 0, 0)
  var body = [UInt8](repeating: 0, count: 64)
  func add(_ name: String, _ contents: [UInt8], type: UInt64, flags: UInt64, address: UInt64) {
    headers += header(
      text.count, type: type, flags: flags, address: address, body.count, contents.count)
    text += Array(name.utf8) + [0]
    body += contents
  }
  add(
    ".text", [UInt8](repeating: 0x90, count: Int(codeSize)), type: 1, flags: 6, address: code)
  for (name, contents) in zip(names, sections) {
    let isLoaded = name == ".eh_frame"
    add(name, contents, type: 1, flags: isLoaded ? 2 : 0, address: isLoaded ? 0x4000 : 0)
  }
  let place = text.count
  text += Array(".shstrtab".utf8) + [0]
  headers += header(place, type: 3, flags: 0, address: 0, body.count, text.count)
  body += text
  var start: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
  start += little(2, 2) + little(62, 2) + little(1, 4) + little(code, 8) + little(0, 8)
  start += little(UInt64(body.count), 8) + little(0, 4) + little(64, 2) + little(56, 2)
  start += little(0, 2) + little(64, 2) + little(UInt64(names.count + 3), 2)
  start += little(UInt64(names.count + 2), 2)
  body.replaceSubrange(0..<start.count, with: start)
  return body + headers
}

private func memory(_ address: Address, _ count: Int) -> [UInt8]? {
  address.value < 1 << 40 ? [UInt8](repeating: 0x10, count: count) : nil
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  var sections: [[UInt8]] = []
  var at = 0
  for _ in names {
    guard at + 2 <= input.count else {
      sections.append([])
      continue
    }
    let length = Int(input[at]) | Int(input[at + 1]) << 8
    let end = min(input.count, at + 2 + length)
    sections.append(Array(input[(at + 2)..<end]))
    at = end
  }
  guard let file = try? SymbolFile(bytes: image(sections)) else {
    preconditionFailure("a sound image was refused")
  }
  for probe in stride(from: code, to: code + 0x200, by: 13) {
    let address = Address(probe)
    precondition(file.frames(at: address).count <= 257, "a chain of frames without end")
    _ = file.statement(at: address)
    _ = file.breakpointAddress(
      of: Function(name: "f", linkageName: "f", start: address, size: 1))
    let frame = UnwindFrame(pc: address, registers: (0..<17).map { UInt64($0) &* 0x1000 })
    for depth in 0..<2 { _ = file.variables(at: frame, inlineDepth: depth, memory: memory) }
    if let caller = file.unwind(frame, memory: memory) {
      _ = file.unwind(caller, memory: memory)
    }
  }
  _ = file.inlinedInstances(named: "twice")
  for path in file.sourceFiles().prefix(2) { _ = file.locations(file: path, line: 3) }
  return 0
}
