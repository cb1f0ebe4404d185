// modules: Bytes JSON Inspect Cores
//
// A core file that is anything at all: it is refused, or its memory and registers are read within
// bounds. Read twice, once with our own note in front, so that mutations reach what it holds.

import Bytes
import Cores
import Inspect

private func read(_ bytes: [UInt8]) {
  let source = ByteArray(bytes)
  guard let core = try? CoreFile(source) else { return }
  precondition(core.threads.count <= 4096, "threads without end")
  var looks = 0
  for segment in core.memory.segments.prefix(64) {
    let part = core.memory.read(at: segment.start, count: 100)
    precondition(part.count <= 100 && !part.isEmpty, "a segment without bytes")
    precondition(segment.offset + segment.size <= source.size, "beyond the file")
    _ = core.memory.read(at: segment.start &+ segment.size &- 4, count: 64)
  }
  _ = core.memory.firstData(most: 4096) { _, bytes -> Int? in
    precondition(bytes.count <= 4096, "more than asked for")
    looks += 1
    return looks > 1000 ? 0 : nil
  }
  let target = CoreTarget(core, name: "core:x")
  for thread in ((try? target.threads()) ?? []).prefix(8) {
    let registers = try? target.readRegisters(of: thread.id)
    precondition(registers?.values.count == target.profile.registers.count, "registers")
  }
  _ = try? target.readMemory(at: Address(0x1000), count: 64)
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  read(input)
  // A sound core, whose bytes after the file header are the input's.
  var writer = CoreWriter(
    segments: 2, threads: [CoreThread(number: 1, registers: ["rip": 1])], buildID: nil,
    origin: CoreOrigin(name: "x", state: "running"))
  let place = writer.place(0x1000, size: 0x1000)
  guard var front = writer.front() else { preconditionFailure("no room") }
  front += [UInt8](repeating: 0x5a, count: Int(place.offset + place.size) - front.count)
  for (index, byte) in input.enumerated() where 64 + index < front.count && byte != 0 {
    front[64 + index] ^= byte
  }
  read(front)
  return 0
}
