internal import ArgumentParser
internal import Exchange
internal import Launcher
internal import Readings
internal import Telemetry

/// `porthole export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Tell the figures of instances to a monitoring system, as OpenMetrics.",
    discussion: """
      All counters, gauges, event handlers' histograms, the state, build id and age
      of every instance that runs, or of those named. Without --listen they are
      printed once; with it they are served at http://ADDRESS/metrics until
      interrupted, looked up anew for each scrape. Instances come and go meanwhile.

        porthole export
        porthole export --listen 127.0.0.1:9464
        porthole export --listen 127.0.0.1:9464 hb unix:/run/agent

      In prometheus.yml:
        scrape_configs:
          - job_name: porthole
            honor_labels: true
            static_configs: [{targets: ['127.0.0.1:9464']}]
      """)

  @Argument(
    help: ArgumentHelp("Instances or other targets; default: all instances.", valueName: "TARGET"),
    completion: .instances)
  var targets: [String] = []

  @Flag(help: "The format; there is no other.")
  var openmetrics = false

  @Option(
    help: ArgumentHelp(
      "Serve at this address: 127.0.0.1:9464, or a port alone.", valueName: "ADDRESS"))
  var listen: String?

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("Print into a file instead.", valueName: "FILE"))
  var output: String?

  func validate() throws {
    if listen != nil, output != nil { throw ValidationError("--listen goes without -o") }
  }

  func run() throws {
    let scraper = Scraper(targets)
    defer { scraper.end() }
    guard let listen else {
      return try OutputFile.write(Array(scraper.text().utf8), to: output ?? "-")
    }
    let parts = listen.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let port = parts.last.flatMap({ UInt16($0) }) else {
      throw Failure(.usage, "--listen takes ADDRESS:PORT, such as 127.0.0.1:9464")
    }
    let host = parts.count == 2 ? String(parts[0]) : "127.0.0.1"
    let server = try MetricsServer(host: host, port: port)
    let signals = SignalDescriptor(Interruption.signals)
    Talk.line("http://\(host):\(server.port)/metrics")
    server.serve(signals) { scraper.text() }
    throw Failure(.interrupted)
  }
}

/// Takes readings of several instances, whose sources stay open from one scrape to the next.
final class Scraper {
  private let targets: [String]
  private var sources: [String: any ReadingSource] = [:]

  /// Of these targets, or of all instances that there are at each scrape.
  init(_ targets: [String]) { self.targets = targets }

  /// The exposition of now.
  func text() -> String {
    let instances = Registry().instances()
    let names = targets.isEmpty ? instances.map(\.name) : targets
    // An instance's name may by now be that of another one.
    let places = names.map { name in
      let instance = instances.first { $0.name == name }
      return (name, instance, key: "\(name) \(instance?.process.pid ?? 0)")
    }
    for key in sources.keys where !places.contains(where: { $0.key == key }) { forget(key) }
    return OpenMetrics.text(
      of: places.map { name, instance, key in
        var scraped = ScrapedInstance(name: name, state: instance?.status().rawValue)
        guard let (reading, losses, age) = read(name, key) else { return scraped }
        scraped.reading = reading
        scraped.losses = losses
        scraped.age = age
        return scraped
      })
  }

  private func read(_ name: String, _ key: String) -> (
    Reading, TelemetryCopy.Statistics?, age: Int
  )? {
    do {
      let source = try sources[key] ?? open(name)
      sources[key] = source
      let reading = try source.take()
      return (reading, source.losses, source.age(of: reading))
    } catch {
      forget(key)
      return nil
    }
  }

  private func open(_ name: String) throws -> any ReadingSource {
    var options = TargetOptions()
    options.target = name
    options.symbols = nil
    return try options.source()
  }

  private func forget(_ key: String) { sources.removeValue(forKey: key)?.end() }

  /// Ends all links.
  func end() { for key in sources.keys { forget(key) } }
}
