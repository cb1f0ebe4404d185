// modules: Bytes GDBRemote
//
// The stub against a client that says anything. The input is cut at each byte 0; a piece that begins
// with 1 goes to the link as it is, every other one as a packet with a good sum, which random bytes
// would hardly ever have.

import Bytes
import GDBRemote

/// 4 KiB of memory at 0x1000, three registers, two threads, two files.
private struct Machine: StubTarget {
  var memory = [UInt8](repeating: 0, count: 4096)
  let triple: String? = "x86_64-unknown-none"
  let registers = StubRegisters(sizes: [8, 4, 16], description: "<target/>", expedited: [0])

  func appendRegister(_ number: Int, of thread: UInt64, to output: inout [UInt8]) -> Bool {
    precondition(thread == 1 || thread == 2, "a thread that is none")
    output.append(contentsOf: repeatElement(UInt8(number), count: Int(registers.sizes[number])))
    return thread == 1
  }
  mutating func setRegister(_ number: Int, of thread: UInt64, to bytes: ArraySlice<UInt8>) -> Bool {
    precondition(bytes.count == Int(registers.sizes[number]), "a value of the wrong size")
    return thread == 1
  }
  func appendMemory(at address: Address, count: Int, to output: inout [UInt8]) {
    precondition(count >= 0 && count <= Stub.packetSize, "a read beyond bounds")
    let offset = address.value &- 0x1000
    if offset < 4096 { output.append(contentsOf: memory[Int(offset)...].prefix(count)) }
  }
  mutating func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Bool {
    let offset = address.value &- 0x1000
    guard offset < 4096, 4096 - offset >= UInt64(bytes.count) else { return false }
    memory.replaceSubrange(Int(offset)..<(Int(offset) + bytes.count), with: bytes)
    return true
  }
  func thread(at index: Int) -> UInt64? { index < 2 ? UInt64(index + 1) : nil }
  func appendName(of thread: UInt64, to output: inout [UInt8]) { output.append(0x3c) }
  func memory(at index: Int) -> StubMemory? {
    index == 0 ? StubMemory(start: Address(0x1000), size: 4096, kind: .ram) : nil
  }
  let files = 2
  func file(named name: ArraySlice<UInt8>) -> Int? { name.count < 3 ? name.count % 2 : nil }
  func write(file: Int, to window: inout TransferWindow) {
    precondition(file == 0 || file == 1, "a file that is none")
    if file == 0 { window.append(text: "text") }
    if file == 1 {
      window.append(memory: Address(0x0f00), count: 8192) {
        appendMemory(at: $0, count: $1, to: &$2)
      }
    }
  }
  func executable(to window: inout TransferWindow) -> Bool {
    window.append(text: "/image")
    return true
  }
  func appendBuildID(to output: inout [UInt8]) -> Address? {
    output.append(0xab)
    return Address(0x1000)
  }
  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict { .done }
  mutating func monitor(_ command: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool {
    output.append(contentsOf: command)
    return !command.isEmpty
  }
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: data, count: count)
  var machine = Machine()
  let levels: [Authority] = [.write, .stop, .observe]
  // One only: its buffers are what an input costs most.
  var stub = Stub(
    stop: StubStop(signal: 5, thread: 1), authority: levels[Int(input.first ?? 0) % 3])
  for piece in input.dropFirst().split(separator: 0).prefix(64) {
    var bytes: [UInt8] = []
    if piece.first == 1 {
      bytes = Array(piece.dropFirst())
    } else {
      PacketEncoder.append(Array(piece), to: &bytes)
    }
    for byte in bytes {
      switch stub.received(byte, target: &machine) {
      case .stop: stub.stopped(StubStop(signal: 2, thread: 2), target: machine)
      case .resume:
        precondition(stub.resumption.count <= 16, "actions beyond bounds")
        let stop = StubStop(signal: 5, thread: 1, cause: .softwareBreakpoint)
        _ = stub.isTold(of: stop, at: Address(0x1000), target: machine)
        stub.stopped(stop, target: machine)
      default: break
      }
    }
    precondition(stub.output.count < 1 << 20, "an answer without end")
    stub.output.removeAll(keepingCapacity: true)
  }
  return 0
}
