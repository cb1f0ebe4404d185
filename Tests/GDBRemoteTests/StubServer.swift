internal import Bytes
internal import GDBRemote
internal import Glibc
internal import Synchronization

/// A toy machine behind a stub behind a socket, for a real debugger to attach to. Serves one client,
/// on a thread of its own, until that leaves.
final class StubServer: Sendable {
  /// The machine as the client left it; nil while it is there.
  private let result = Mutex<ToyMachine?>(nil)

  /// Listens at `path`.
  init?(path: String, machine: ToyMachine) {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard listener >= 0, bound == 0, listen(listener, 1) == 0 else { return nil }
    let work = Work(server: self, listener: listener, machine: machine)
    var thread = pthread_t()
    let box = Unmanaged.passRetained(work).toOpaque()
    pthread_create(
      &thread, nil,
      { work in
        if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().run() }
        return nil
      }, box)
    pthread_detach(thread)
  }

  /// The machine once the client has left; waits for that at most a minute.
  func finished() -> ToyMachine? {
    for _ in 0..<6000 {
      if let machine = result.withLock({ $0 }) { return machine }
      usleep(10_000)
    }
    return nil
  }

  private final class Work {
    let server: StubServer
    let listener: Int32
    var machine: ToyMachine
    var stub = Stub(stop: StubStop(signal: 5, thread: 1))

    init(server: StubServer, listener: Int32, machine: ToyMachine) {
      self.server = server
      self.listener = listener
      self.machine = machine
    }

    func run() {
      let link = accept(listener, nil, nil)
      serve(link)
      close(link)
      close(listener)
      machine.passed = stub.statistics.passed
      let left = machine
      server.result.withLock { $0 = left }
    }

    private func serve(_ link: Int32) {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        // A target that runs looks whether an interrupt has come, now and then.
        let count = recv(
          link, &buffer, buffer.count, stub.isRunning ? Int32(MSG_DONTWAIT) : 0)
        if count == 0 || (count < 0 && errno != EAGAIN) { return }
        for byte in buffer.prefix(max(0, count)) {
          switch stub.received(byte, target: &machine) {
          case .detach, .kill, .restart:
            flush(link)
            return
          case .stop: stub.stopped(StubStop(signal: 2, thread: 1), target: machine)
          case .resume, .release, .lapse, .none: break
          }
        }
        if stub.isRunning {
          let stop = machine.run(stub.resumption, limit: 1000)
          // Signal 2 means that the portion is over, not that the machine has stopped.
          if stop.signal != 2,
            stub.isTold(of: stop, at: Address(machine.pc), target: machine)
          {
            stub.stopped(stop, target: machine)
          }
        }
        flush(link)
      }
    }

    private func flush(_ link: Int32) {
      guard !stub.output.isEmpty else { return }
      _ = send(link, stub.output, stub.output.count, Int32(MSG_NOSIGNAL))
      stub.output.removeAll(keepingCapacity: true)
    }
  }
}
