// The walk along frame pointers, on stacks and code laid out by hand as compilers and the runtime
// leave them (System V ABI of x86-64, section 3.2; swift/ABI/Task.h).

import Glibc
import Profiler
import Synchronization
import Testing

/// Memory that plays a stack and an image's code.
final class Scene {
  let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 512)
  let text = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)
  let frames = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  let links = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)

  init() {
    words.initialize(repeating: 0xdead_dead_dead_dead, count: 512)
    text.initialize(repeating: 0x90, count: 4096)
    frames.initialize(repeating: 0, count: 64)
  }

  deinit {
    words.deallocate()
    text.deallocate()
    frames.deallocate()
    links.deallocate()
  }

  var code: CodeMap {
    let base = at(0)
    return CodeMap(
      text: AddressRange(base, to: base + 4096), runtime: AddressRange(base + 256, to: base + 512),
      leaves: AddressRange(base + 512, to: base + 576),
      switching: AddressRange(base + 576, to: base + 640))
  }

  /// The address of a byte of the code; from 640 on it is ordinary.
  func at(_ offset: Int) -> UInt64 { UInt64(UInt(bitPattern: text + offset)) }
  /// The address of a word of the stack, which is the first 256 words; what follows is heap.
  func on(_ index: Int) -> UInt64 { UInt64(UInt(bitPattern: words + index)) }

  /// Writes a frame: the caller's frame pointer and the return address.
  func link(_ index: Int, to up: UInt64, returning address: UInt64) {
    words[index] = up
    words[index + 1] = address
  }

  func put(_ bytes: [UInt8], at offset: Int) {
    for (index, byte) in bytes.enumerated() { text[offset + index] = byte }
  }

  /// A pipe of this process: writing to it fails where memory cannot be read.
  private static let ends: [Int32] = {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    return ends
  }()
  private static let lock = Mutex(())

  /// A word from anywhere, as the kernel reads it: 0 where nothing can be read.
  static func load(_ address: UInt64) -> UInt64 {
    lock.withLock { _ in
      var word: UInt64 = 0
      let place = UnsafeRawPointer(bitPattern: UInt(address))
      guard write(ends[1], place, 8) == 8, read(ends[0], &word, 8) == 8 else { return 0 }
      return word
    }
  }

  func walk(
    _ counter: UInt64, sp: UInt64, fp: UInt64, job: UInt64 = 0, limit: Int = 30
  ) -> (Walked, [UInt64]) {
    let stack = AddressRange(on(0), to: on(256))
    let start = WalkStart(
      counter: counter, stackPointer: sp, framePointer: fp, stack: stack, jobFrame: job,
      load: { Scene.load($0) })
    let walked = StackWalk.walk(start, code, to: frames, links: links, limit: limit)
    return (walked, (0..<walked.count).map { frames[$0] })
  }

  /// A whole chain of three frames from word 20 on.
  func chain() {
    link(20, to: on(30), returning: at(700))
    link(30, to: on(40), returning: at(710))
    link(40, to: 0, returning: at(100))
  }
}

@Suite("Stack walk")
struct StackWalkTests {
  @Test("a chain of frames is followed to the outermost, which lies in other code")
  func whole() {
    let scene = Scene()
    scene.chain()
    let (walked, callers) = scene.walk(scene.at(800), sp: scene.on(10), fp: scene.on(20))
    #expect(callers == [scene.at(700), scene.at(710), scene.at(100)])
    #expect(walked.flags == [])
  }

  /// Instructions at the edges of a function, how many of the bytes come before the counter, and
  /// how many words the return address stands above the stack pointer.
  static let edges: [(bytes: [UInt8], before: Int, words: Int)] = [
    ([0x55, 0x48, 0x89, 0xe5], 0, 0),  // push rbp; mov rbp, rsp
    ([0x55, 0x48, 0x89, 0xe5], 1, 1),
    ([0x5d, 0xc3], 1, 0),  // pop rbp; ret
    ([0x48, 0x0f, 0xba, 0xed, 0x3c, 0x55, 0x41, 0x56, 0x48, 0x8d, 0x6c, 0x24, 0x08], 0, 0),
    ([0x48, 0x0f, 0xba, 0xed, 0x3c, 0x55, 0x41, 0x56, 0x48, 0x8d, 0x6c, 0x24, 0x08], 5, 0),
    ([0x48, 0x0f, 0xba, 0xed, 0x3c, 0x55, 0x41, 0x56, 0x48, 0x8d, 0x6c, 0x24, 0x08], 6, 1),
    ([0x48, 0x0f, 0xba, 0xed, 0x3c, 0x55, 0x41, 0x56, 0x48, 0x8d, 0x6c, 0x24, 0x08], 8, 2),
    ([0x5d, 0x48, 0x0f, 0xba, 0xf5, 0x3c, 0xff, 0xe0], 1, 0),  // pop rbp; btr rbp, 60
    ([0x5d, 0x48, 0x0f, 0xba, 0xf5, 0x3c, 0xff, 0xe0], 6, 0),  // jmp rax
    ([0x5d, 0xe9, 0, 0, 0, 0], 1, 0),  // pop rbp; jmp
  ]

  @Test("the caller is not lost where a function has no frame yet, or no more", arguments: edges)
  func edge(_ edge: (bytes: [UInt8], before: Int, words: Int)) {
    let scene = Scene()
    scene.chain()
    scene.put(edge.bytes, at: 800)
    scene.words[10 + edge.words] = scene.at(690)
    let (walked, callers) = scene.walk(
      scene.at(800 + edge.before), sp: scene.on(10), fp: scene.on(20))
    #expect(callers == [scene.at(690), scene.at(700), scene.at(710), scene.at(100)])
    #expect(walked.flags == [])
  }

  @Test("instructions that look alike in the middle of a function change nothing")
  func noEdge() {
    let scene = Scene()
    scene.chain()
    for bytes: [UInt8] in [[0x48, 0x89, 0xe5], [0x41, 0x56, 0x53], [0xe9, 0, 0], [0xff, 0xd0]] {
      scene.put([0x90] + bytes, at: 799)
      scene.words[10] = scene.at(690)
      scene.words[11] = scene.at(691)
      let (_, callers) = scene.walk(scene.at(800), sp: scene.on(10), fp: scene.on(20))
      #expect(callers.first == scene.at(700), "\(bytes)")
    }
  }

  @Test("what stands at the stack pointer of a function in assembly is its caller")
  func leaf() {
    let scene = Scene()
    scene.chain()
    scene.words[10] = scene.at(690)
    let (_, callers) = scene.walk(scene.at(520), sp: scene.on(10), fp: scene.on(20))
    #expect(callers == [scene.at(690), scene.at(700), scene.at(710), scene.at(100)])
  }

  @Test("inside the runtime, where the frame pointer is any number, it goes on at the job's frame")
  func runtime() {
    let scene = Scene()
    scene.chain()
    for pointer in [0, 1, scene.on(12), scene.on(300), .max] {
      let (walked, callers) = scene.walk(
        scene.at(300), sp: scene.on(10), fp: pointer, job: scene.on(30))
      #expect(callers == [scene.at(710), scene.at(100)])
      #expect(walked.flags == .gap)
      #expect(walked.gap == 0)
    }
  }

  @Test("beyond a function that the runtime called, too, with the functions that wait for it")
  func awaiting() {
    let scene = Scene()
    scene.chain()
    // A function called by an async one, whose frame is marked and was entered from the runtime.
    scene.link(12, to: scene.on(16), returning: scene.at(650))
    scene.words[15] = scene.on(300)  // its context, in the heap
    scene.link(16, to: 1 << 60 | 0x1234, returning: scene.at(400))
    scene.words[300] = scene.on(310)
    scene.words[301] = scene.at(900)
    scene.words[310] = scene.on(320)
    scene.words[311] = scene.at(910)
    scene.words[320] = 0
    scene.words[321] = scene.at(450)  // the runtime ends the task
    let (walked, callers) = scene.walk(
      scene.at(800), sp: scene.on(10), fp: scene.on(12), job: scene.on(30))
    #expect(
      callers == [
        scene.at(650), scene.at(400), scene.at(900), scene.at(910), scene.at(710), scene.at(100),
      ])
    #expect(walked.gap == 2)
    #expect(walked.awaiting == 2)
    #expect(walked.flags == .gap)
  }

  @Test("without a job to go on at, what lies beyond the runtime is cut off, and said to be")
  func cutAtRuntime() {
    let scene = Scene()
    scene.chain()
    let (walked, callers) = scene.walk(scene.at(300), sp: scene.on(10), fp: scene.on(20))
    #expect(callers == [])
    #expect(walked.flags == .cut)
  }

  @Test("a link that is no link ends the walk, and the stack is said to be cut")
  func broken() {
    let scene = Scene()
    let bad = [
      scene.on(20) + 4, scene.on(19), scene.on(20), scene.on(256), scene.on(255), 8, UInt64.max,
      scene.on(400), UInt64(1) << 60 | 8,
    ]
    for up in bad {
      scene.link(20, to: up, returning: scene.at(700))
      let (walked, callers) = scene.walk(scene.at(800), sp: scene.on(10), fp: scene.on(20))
      #expect(callers == [scene.at(700)])
      #expect(walked.flags == .cut)
    }
    for pointer in bad where pointer != scene.on(19) && pointer != scene.on(20) {
      let (walked, callers) = scene.walk(scene.at(800), sp: scene.on(10), fp: pointer)
      #expect(callers == [])
      #expect(walked.flags == .cut)
    }
    scene.link(20, to: scene.on(30), returning: scene.at(5000))
    #expect(scene.walk(scene.at(800), sp: scene.on(10), fp: scene.on(20)).0.flags == .cut)
    #expect(scene.walk(0x1000, sp: scene.on(10), fp: scene.on(20)).0.flags == .cut)
  }

  @Test("a stack deeper than there is room for is told as such")
  func deep() {
    let scene = Scene()
    for index in 0..<60 {
      scene.link(4 * index, to: scene.on(4 * index + 4), returning: scene.at(700 + index))
    }
    let (walked, callers) = scene.walk(scene.at(800), sp: scene.on(0), fp: scene.on(0))
    #expect(callers == (0..<30).map { scene.at(700 + $0) })
    #expect(walked.flags == .deep)
  }

  @Test("random memory neither traps nor makes the walk run on", arguments: 0..<8)
  func noise(seed: UInt64) {
    for round in 0..<25 { noise(seed &* 25 &+ UInt64(round)) }
  }

  private func noise(_ seed: UInt64) {
    var random = Noise(state: seed &* 77 &+ 1)
    let scene = Scene()
    for index in 0..<512 {
      switch random.next() % 4 {
      case 0: scene.words[index] = scene.at(Int(random.next() % 4096))
      case 1: scene.words[index] = scene.on(Int(random.next() % 256))
      case 2: scene.words[index] = scene.on(Int(random.next() % 256)) | 1 << 60
      default: scene.words[index] = random.next() % 3
      }
    }
    for offset in 16..<4080 { scene.text[offset] = UInt8(truncatingIfNeeded: random.next() >> 20) }
    for _ in 0..<50 {
      let (walked, _) = scene.walk(
        scene.at(16 + Int(random.next() % 4064)), sp: scene.on(Int(random.next() % 256)),
        fp: scene.on(Int(random.next() % 256)), job: scene.on(Int(random.next() % 256)))
      #expect(walked.count <= 30)
    }
  }
}

/// Knuth's MMIX generator.
private struct Noise {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 24
  }
}
