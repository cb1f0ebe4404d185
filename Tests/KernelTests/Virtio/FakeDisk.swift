// A disk as a virtio device (virtio 1.2, section 5.2), on a fake transport and a fake machine.

import Devices
import Execution
import Machine
import Testing
import Virtio

final class FakeDisk {
  struct Request {
    let kind: UInt32
    let sector: UInt64
    let chain: Chain
  }

  let device: FakeVirtioDevice
  let machine = FakeMachine()
  let loop: EventLoop
  let window: FakeWindow
  let line = Line(rawValue: 9)
  var content: [UInt8]
  var log: [String] = []
  var held: [Request] = []
  /// How a request is answered: nil keeps it for later.
  var answer: (Request) -> UInt8? = { _ in 0 }
  /// Whether chains are taken at all.
  var isDead = false

  init(
    sectors: Int = 256, features: UInt64 = 1 << 9 | 1 << 29, sizeMax: UInt32 = 0,
    segMax: UInt32 = 0, blockSize: UInt32 = 0, queueSize: UInt16 = 64
  ) {
    content = (0..<sectors * 512).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) }
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    device = FakeVirtioDevice(
      type: 2, features: features, queues: [queueSize],
      configuration: bytes(UInt64(sectors)) + bytes(sizeMax) + bytes(segMax) + bytes(UInt32(0))
        + bytes(blockSize))
    window = FakeWindow(device: device)
    loop = EventLoop(on: machine)
    device.onInterrupt = { [machine, line] in machine.mark(line) }
    device.onNotify = { [unowned self] _ in work() }
  }

  func start(patience: Nanoseconds = .seconds(30)) throws -> VirtioBlock {
    try VirtioBlock(try MMIOTransport(window), loop: loop, line: line, patience: patience)
  }

  /// Serves what is offered.
  func work() {
    while !isDead, let chain = device.take(0) {
      let header = chain.readable
      let kind = header.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
      let sector = header[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      if chain.buffers[0].length != 16 || chain.buffers.last?.length != 1 {
        device.violations.append("header or status of a wrong size")
      }
      let request = Request(kind: kind, sector: sector, chain: chain)
      if kind == 1 { log.append("write \(sector) \(header.count - 16)") }
      if kind == 0 { log.append("read \(sector) \(chain.writableCount - 1)") }
      if kind == 4 { log.append("flush") }
      if let status = answer(request) { finish(request, status) } else { held.append(request) }
    }
  }

  func finish(_ request: Request, _ status: UInt8) {
    let chain = request.chain
    let start = Int(request.sector) * 512
    let room = chain.writableCount
    if status == 0, request.kind == 0 { chain.fill(Array(content[start..<start + room - 1])) }
    if status == 0, request.kind == 1 {
      let data = chain.readable.dropFirst(16)
      content.replaceSubrange(start..<start + data.count, with: data)
    }
    chain.fill([status], from: room - 1)
    device.giveBack(0, id: UInt32(chain.id), written: UInt32(room))
  }

  /// Lets the loop do what is to be done now, without time going by.
  func settle() {
    for _ in 0..<8 { loop.turn(mayWait: false) }
  }

  /// Runs until nothing is left to do, time-outs included.
  func run() { loop.runUntilIdle(machine) }
}

/// Memory for a transfer.
func buffer(_ count: Int, _ fill: (Int) -> UInt8 = { _ in 0xee }) -> UnsafeMutableRawBufferPointer {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
  for index in 0..<count { memory[index] = fill(index) }
  return memory
}

/// How a request ended.
final class Outcome {
  var results: [BlockError?] = []
  func take(_ result: Result<Void, BlockError>) {
    switch result {
    case .success: results.append(nil)
    case .failure(let error): results.append(error)
    }
  }
}
