package dev.probity.oracle;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import ca.uhn.fhir.validation.ValidationResult;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads NDJSON of resources, judges each, writes NDJSON of issues. */
public final class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    List<Path> packages = new ArrayList<>();
    int repeat = 1;
    for (int n = 0; n + 1 < arguments.length; n += 2) {
      switch (arguments[n]) {
        case "--package" -> packages.add(Path.of(arguments[n + 1]));
        case "--repeat" -> repeat = Integer.parseInt(arguments[n + 1]);
        default -> throw new IllegalArgumentException("unknown option " + arguments[n]);
      }
    }
    long begun = System.nanoTime();
    FhirValidator validator = Chain.validator(FhirContext.forR4(), packages);
    List<Line> lines = new ArrayList<>();
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        if (!text.isBlank()) {
          lines.add(Line.parse(text));
        }
      }
    }
    var out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    double load = (System.nanoTime() - begun) / 1e9;
    double seconds = 0;
    for (int round = 1; round <= repeat; round++) {
      long start = System.nanoTime();
      for (Line line : lines) {
        ObjectNode answer = judge(validator, line);
        if (round == 1) {
          out.println(answer);
        }
      }
      out.flush();
      seconds = (System.nanoTime() - start) / 1e9;
    }
    ObjectNode timing = JSON.createObjectNode();
    timing.put("resources", lines.size()).put("seconds", seconds).put("per_second", lines.size() / seconds);
    timing.put("load_seconds", load).put("rounds", repeat);
    System.err.println(timing);
  }

  private static ObjectNode judge(FhirValidator validator, Line line) {
    ObjectNode answer = JSON.createObjectNode().put("name", line.name());
    try {
      ValidationOptions options = new ValidationOptions();
      line.profiles().forEach(options::addProfile);
      ValidationResult result = validator.validateWithResult(line.resource(), options);
      boolean valid = true;
      ArrayNode issues = answer.putArray("issues");
      for (SingleValidationMessage message : result.getMessages()) {
        valid &= message.getSeverity().compareTo(ResultSeverityEnum.ERROR) < 0;
        issues
            .addObject()
            .put("severity", message.getSeverity().getCode())
            .put("messageId", message.getMessageId())
            .put("location", message.getLocationString())
            .put("line", message.getLocationLine())
            .put("column", message.getLocationCol())
            .put("message", message.getMessage());
      }
      answer.put("valid", valid);
    } catch (RuntimeException | StackOverflowError crash) {
      answer.remove("issues");
      answer.put("crash", String.valueOf(crash));
    }
    return answer;
  }
}
