// Commands that ask the agent for something, and read what comes of it.

internal import Launcher
internal import RemoteTarget

extension TargetOptions {
  /// Where readings are taken, and the agent that is asked: the agent does both, but where the
  /// instance's memory is at hand it need not send anything.
  func sources() throws -> (any ReadingSource, StreamSource) {
    let registry = Registry()
    func both(_ instance: Instance) throws -> (any ReadingSource, StreamSource) {
      let memory = try MemorySource(instance)
      return (memory, try StreamSource(.unix(path: instance.agentSocket)))
    }
    guard let text = target else { return try both(registry.onlyInstance()) }
    let stream: StreamSource
    switch try TargetName.parse(text) {
    case .instance(let name): return try both(registry.instance(named: name))
    case .agent(.unix(let path)): stream = try StreamSource(.unix(path: path))
    case .agent(.tcp(let host, let port)): stream = try StreamSource(.tcp(host: host, port: port))
    case .serial(let device, let baud):
      stream = try StreamSource(.serial(device: device, baud: baud))
    default:
      throw Failure(
        .usage,
        "it is the agent that is asked: name an instance, unix:PATH, tcp:HOST:PORT or "
          + "serial:DEVICE@BAUD")
    }
    return (stream, stream)
  }
}
