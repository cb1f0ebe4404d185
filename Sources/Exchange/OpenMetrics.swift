// What many instances tell, as OpenMetrics text (github.com/prometheus/OpenMetrics, 1.0): families of
// samples, each once, with the instance as a label. Names are ours with underscores for dots, units
// are seconds and bytes, counters end in `_total`. Text in labels comes from targets and is escaped.

public import Readings
public import Telemetry

/// What is known of one instance at a scrape.
public struct ScrapedInstance: Sendable {
  public var name: String
  /// Nil where it could not be read.
  public var reading: Reading?
  /// `running`, `panicked` and so on; nil where that is not known.
  public var state: String?
  /// Microseconds since the reading was taken.
  public var age: Int
  /// What its link has lost, where it has one.
  public var losses: TelemetryCopy.Statistics?

  /// Creates a scraped instance.
  public init(
    name: String, reading: Reading? = nil, state: String? = nil, age: Int = 0,
    losses: TelemetryCopy.Statistics? = nil
  ) {
    self.name = name
    self.reading = reading
    self.state = state
    self.age = age
    self.losses = losses
  }
}

/// A scrape of instances.
public enum OpenMetrics {
  /// The media type of `text`.
  public static let mediaType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

  /// The whole exposition. Bounded by what readings hold. An entry whose name would clash with
  /// another's is left out, and counted.
  public static func text(of instances: [ScrapedInstance]) -> String {
    var families = MetricFamilies()
    for instance in instances { add(instance, to: &families) }
    families.add(
      "porthole_export_clashes", .gauge, "Entries that were left out: their names clash.", [],
      Double(families.clashes))
    return families.text
  }

  private static func add(_ instance: ScrapedInstance, to families: inout MetricFamilies) {
    let own = [("instance", instance.name)]
    families.add(
      "porthole_up", .gauge, "Whether the instance could be read.", own,
      instance.reading == nil ? 0 : 1)
    if let state = instance.state {
      for name in ["running", "stopped", "hung", "halted", "panicked"] {
        families.add(
          "porthole_state", .stateset, "The machine's state.", own + [("porthole_state", name)],
          name == state ? 1 : 0)
      }
    }
    guard let reading = instance.reading else { return }
    let build = reading.buildID.map { bytes in
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    families.add(
      "porthole_build", .info, "The image.", own + [("build_id", build ?? "")], 1)
    families.add(
      "porthole_reading_age_seconds", .gauge, "How old the figures are.", own,
      Double(max(instance.age, 0)) / 1e6)
    families.add(
      "porthole_unreadable_entries", .gauge, "Entries that made no sense.", own,
      Double(reading.unreadable))
    if let losses = instance.losses {
      for (name, value) in [
        ("lost", losses.lost), ("damaged", losses.damaged), ("skipped", losses.skipped),
        ("unkept", losses.unkept),
      ] {
        families.add(
          "porthole_link_\(name)", .counter, "Telemetry that the link has \(name).", own,
          Double(value))
      }
    }
    addEntries(of: reading, own, to: &families)
    for handler in reading.handlers {
      let labels = own + [("handler", handler.name)]
      families.add(
        "porthole_handler_run_seconds", .histogram, "How long runs of event handlers take.", labels,
        handler.run)
      families.add(
        "porthole_handler_delay_seconds", .histogram, "How long ready event handlers wait.", labels,
        handler.delay)
    }
    for size in reading.classes {
      families.add(
        "porthole_heap_class_blocks", .gauge, "Blocks in use by their size.",
        own + [("size", "\(size.size)")], Double(size.live))
    }
  }

  private static func addEntries(
    of reading: Reading, _ own: [(String, String)], to families: inout MetricFamilies
  ) {
    var times: [String: Int] = [:]
    for entry in reading.entries {
      var labels = own
      // Several entries may have one name; they are told apart by their order.
      let number = times[entry.name, default: 0]
      times[entry.name] = number + 1
      if number > 0 { labels.append(("entry", "\(number)")) }
      var name = "porthole_" + MetricFamilies.name(entry.name)
      var scale = 1.0
      switch entry.unit {
      case .nanoseconds, .instant: (name, scale) = (name + "_seconds", 1e-9)
      case .bytes: if !name.hasSuffix("_bytes") { name += "_bytes" }
      default: break
      }
      switch entry.value {
      case .cell(.signed(let value)):
        families.add(name, .gauge, entry.name, labels, Double(value) * scale)
      case .cell(let cell):
        guard let value = cell.number else { continue }
        families.add(
          name, entry.kind == .counter ? .counter : .gauge, entry.name, labels,
          Double(value) * scale)
      case .histogram(let histogram):
        families.add(name, .histogram, entry.name, labels, histogram)
      case .rows, .text: continue
      }
    }
  }
}
