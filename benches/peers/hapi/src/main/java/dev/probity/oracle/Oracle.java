package dev.probity.oracle;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.validation.FhirValidator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads NDJSON of resources, judges each, writes NDJSON of issues. */
public final class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws IOException {
    List<Path> packages = new ArrayList<>();
    int repeat = 1;
    for (int n = 0; n < arguments.length; n += 2) {
      if (n + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[n] + " needs a value");
      }
      switch (arguments[n]) {
        case "--package" -> packages.add(Path.of(arguments[n + 1]));
        case "--repeat" -> repeat = Integer.parseInt(arguments[n + 1]);
        case "--threads" -> {
          if (!arguments[n + 1].equals("1")) {
            throw new IllegalArgumentException("one thread only: the timing is of one thread");
          }
        }
        default -> throw new IllegalArgumentException("unknown option " + arguments[n]);
      }
    }
    if (repeat < 1) {
      throw new IllegalArgumentException("--repeat counts from 1");
    }

    long begun = System.nanoTime();
    FhirValidator validator = Chain.validator(FhirContext.forR4(), packages);
    double load = (System.nanoTime() - begun) / 1e9;

    List<String> lines = new ArrayList<>();
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      in.lines().filter(text -> !text.isBlank()).forEach(lines::add);
    }
    // The passes before the last only warm up the machine and the caches.
    for (int round = 1; round < repeat; round++) {
      for (String line : lines) {
        Verdict.of(validator, line);
      }
    }
    long nanos = 0;
    try (var out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8))) {
      for (String line : lines) {
        Verdict verdict = Verdict.of(validator, line);
        nanos += verdict.nanos();
        out.println(verdict.answer());
      }
    }
    double seconds = nanos / 1e9;
    ObjectNode timing = JSON.createObjectNode();
    timing.put("resources", lines.size()).put("seconds", seconds).put("per_second", seconds > 0 ? lines.size() / seconds : 0);
    timing.put("load_seconds", load).put("rounds", repeat).put("max_rss_mb", maxRss());
    System.err.println(timing);
  }

  /** The most memory that this process has held, in MB; nothing where the system does not tell. */
  private static Long maxRss() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return null;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return null;
  }
}
