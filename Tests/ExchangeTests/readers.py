#!/usr/bin/python3
"""Reads an exported profile with what is not ours and prints what it found, a JSON object a line.

  readers.py collapsed|perf FILE        gprof2dot: each function's own samples and all it is part of
  readers.py pprof FILE                 a reader that protoc makes of profile.proto
  readers.py speedscope|firefox FILE    json, and the rules of the format's documentation
  readers.py trace FILE                 json, and the rules of the Trace Event Format's documentation
  readers.py openmetrics FILE           the parser of Prometheus' own client

Profiles print whole stacks: activity, weight, frames innermost first as [name, file, line]; a trace its
slices and marks.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile


def put(**fields):
    print(json.dumps(fields))


def sums(kind, path):
    import gprof2dot
    with open(path, encoding="utf-8") as file:
        profile = gprof2dot.formats["collapse" if kind == "collapsed" else kind](file).parse()
    for function in profile.functions.values():
        put(name=function.name, module=function.module, own=function[gprof2dot.SAMPLES],
            all=function[gprof2dot.TOTAL_SAMPLES])


def pprof(path):
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", "-I", here, "--python_out", folder, "profile.proto"], check=True)
        sys.path.insert(0, folder)
        import profile_pb2
    profile = profile_pb2.Profile()
    with gzip.open(path) as file:
        profile.ParseFromString(file.read())
    text = profile.string_table
    assert text[0] == "" and len(set(text)) == len(text)
    kinds = [(text[kind.type], text[kind.unit]) for kind in profile.sample_type]
    # What pprof's own check asks for: identifiers that are there, once, and values for all kinds.
    functions = {function.id: function for function in profile.function}
    locations = {location.id: location for location in profile.location}
    mappings = {mapping.id for mapping in profile.mapping}
    assert 0 not in functions and 0 not in locations and 0 not in mappings
    assert len(functions) == len(profile.function) and len(locations) == len(profile.location)
    assert all(location.mapping_id in mappings | {0} for location in profile.location)
    assert text[profile.default_sample_type] in [kind for kind, _ in kinds]
    put(kinds=kinds, period=profile.period, build=text[profile.mapping[0].build_id])
    for sample in profile.sample:
        assert len(sample.value) == len(kinds)
        frames = []
        for number in sample.location_id:
            location = locations[number]
            for index, line in enumerate(location.line):
                function = functions[line.function_id]
                frames.append([text[function.name], text[function.filename], line.line,
                               index + 1 < len(location.line), location.address])
        put(activity=text[sample.label[0].str], values=list(sample.value), frames=frames)


def speedscope(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = document["shared"]["frames"]
    for frame in frames:
        assert isinstance(frame["name"], str) and set(frame) <= {"name", "file", "line", "col"}
    assert 0 <= document["activeProfileIndex"] < len(document["profiles"])
    for profile in document["profiles"]:
        assert profile["type"] == "sampled" and profile["unit"] in ("none", "nanoseconds")
        assert len(profile["samples"]) == len(profile["weights"])
        assert profile["endValue"] - profile["startValue"] == sum(profile["weights"])
        for sample, weight in zip(profile["samples"], profile["weights"]):
            stack = [frames[index] for index in reversed(sample)]
            put(activity=profile["name"].split()[-1], weight=weight,
                frames=[[f["name"], f.get("file", ""), f.get("line", 0)] for f in stack])


# The columns of each table of a thread (src/types/profile.ts, version 57).
COLUMNS = {
    "samples": {"stack", "time", "weight"},
    "markers": {"data", "name", "startTime", "endTime", "phase", "category"},
    "stackTable": {"frame", "prefix"},
    "frameTable": {"address", "inlineDepth", "category", "subcategory", "func", "nativeSymbol",
                   "innerWindowID", "line", "column"},
    "funcTable": {"isJS", "relevantForJS", "name", "resource", "fileName", "lineNumber",
                  "columnNumber"},
    "resourceTable": {"lib", "name", "host", "type"},
    "nativeSymbols": {"libIndex", "address", "name", "functionSize"},
}


def firefox(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    meta = document["meta"]
    for key in ("interval", "startTime", "processType", "product", "stackwalk", "version",
                "markerSchema", "categories"):
        assert key in meta, key
    assert meta["preprocessedProfileVersion"] == 57
    assert any(category["color"] == "grey" for category in meta["categories"])
    assert all(category["subcategories"][0] == "Other" for category in meta["categories"])
    strings = document["shared"]["stringArray"]
    assert {"libs", "pages", "threads"} <= set(document)
    for thread in document["threads"]:
        for table, columns in COLUMNS.items():
            given = {k: v for k, v in thread[table].items() if k not in ("length", "weightType")}
            assert set(given) == columns, (table, set(given) ^ columns)
            assert {len(column) for column in given.values()} == {thread[table]["length"]}, table
        assert isinstance(thread["pid"], str) and isinstance(thread["isMainThread"], bool)
        samples, stacks = thread["samples"], thread["stackTable"]
        table, functions = thread["frameTable"], thread["funcTable"]
        assert samples["weightType"] == "samples" and samples["time"] == sorted(samples["time"])
        # A stack's prefix stands before it.
        assert all(p is None or p < i for i, p in enumerate(stacks["prefix"]))
        for stack, weight in zip(samples["stack"], samples["weight"]):
            frames, category = [], meta["categories"][table["category"][stacks["frame"][stack]]]
            while stack is not None:
                frame = stacks["frame"][stack]
                function = table["func"][frame]
                name = functions["fileName"][function]
                frames.append([strings[functions["name"][function]],
                               "" if name is None else strings[name], table["line"][frame] or 0,
                               table["inlineDepth"][frame], table["address"][frame]])
                stack = stacks["prefix"][stack]
            put(activity=category["name"].lower(), weight=weight, frames=frames,
                thread=thread["name"])


def trace(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    assert document["displayTimeUnit"] in ("ms", "ns")
    threads, waits, ends = {}, {}, {}
    put(other=document["otherData"])
    for event in document["traceEvents"]:
        phase = event["ph"]
        assert phase in "XbeiM" and isinstance(event["name"], str)
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int)
        if phase == "M":
            if event["name"] == "thread_name":
                threads[event["tid"]] = event["args"]["name"]
            continue
        assert event["ts"] >= 0
        if phase == "X":
            # Slices of a thread may not overlap: they are in the order of their ends.
            assert event["ts"] >= ends.get(event["tid"], 0) and event["dur"] >= 0
            ends[event["tid"]] = event["ts"] + event["dur"]
            assert event["name"] == threads[event["tid"]]
            put(slice=event["name"], begin=event["ts"], run=event["dur"],
                ready=waits.pop(event["args"]["number"], None))
        elif phase == "b":
            waits[event["id"]] = event["ts"]
        elif phase == "e":
            assert waits[event["id"]] <= event["ts"]
        else:
            assert event["s"] in ("g", "p", "t")
            put(mark=event["name"], begin=event["ts"])


def openmetrics(path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    with open(path, encoding="utf-8") as file:
        for family in text_string_to_metric_families(file.read()):
            for sample in family.samples:
                put(name=sample.name, labels=sample.labels, value=sample.value, type=family.type)


if __name__ == "__main__":
    kind, path = sys.argv[1:]
    if kind in ("collapsed", "perf"):
        sums(kind, path)
    else:
        {"pprof": pprof, "speedscope": speedscope, "firefox": firefox,
         "trace": trace, "openmetrics": openmetrics}[kind](path)
