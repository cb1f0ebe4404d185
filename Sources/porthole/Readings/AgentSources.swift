// Commands that ask the agent for something, and read what comes of it.

internal import Launcher
internal import RemoteTarget

extension TargetOptions {
  /// Where readings are taken, and the agent that is asked: the agent does both, but where the
  /// instance's memory is at hand it need not send anything.
  func sources() throws -> (any ReadingSource, any AgentServant) {
    let registry = Registry()
    func both(_ instance: Instance) throws -> (any ReadingSource, any AgentServant) {
      (try MemorySource(instance), InstanceAgent(instance))
    }
    guard let text = target else { return try both(registry.onlyInstance()) }
    let name = try TargetName.parse(text)
    if case .instance(let name) = name { return try both(registry.instance(named: name)) }
    let stream = try name.agentStream()
    return (stream, stream)
  }
}

extension TargetName {
  /// The link of the agent that is named by it; nil where something else is.
  var agentEndpoint: Endpoint? {
    switch self {
    case .agent(.unix(let path)): .unix(path: path)
    case .agent(.tcp(let host, let port)): .tcp(host: host, port: port)
    case .serial(let device, let baud): .serial(device: device, baud: baud)
    default: nil
    }
  }

  /// The stream of that agent, for what only an agent can do.
  func agentStream() throws -> StreamSource {
    guard let endpoint = agentEndpoint else {
      throw Failure(
        .usage,
        "it is the agent that is asked: name an instance, unix:PATH, tcp:HOST:PORT or "
          + "serial:DEVICE@BAUD")
    }
    return try StreamSource(endpoint)
  }
}
