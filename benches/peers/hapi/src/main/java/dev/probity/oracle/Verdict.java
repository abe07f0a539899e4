package dev.probity.oracle;

import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import ca.uhn.fhir.validation.ValidationResult;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** What the validator says of one line, and how long the validation alone took. */
record Verdict(ObjectNode answer, long nanos) {
  static Verdict of(FhirValidator validator, String text) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    long start = System.nanoTime();
    try {
      Line line = Line.parse(text);
      answer.put("name", line.name());
      ValidationOptions options = new ValidationOptions();
      line.profiles().forEach(options::addProfile);
      start = System.nanoTime();
      ValidationResult result = validator.validateWithResult(line.resource(), options);
      long nanos = System.nanoTime() - start;
      write(answer, result, nanos);
      return new Verdict(answer, nanos);
    } catch (OutOfMemoryError full) {
      throw full;
    } catch (IOException | RuntimeException | Error crash) {
      long nanos = System.nanoTime() - start;
      // A line that could not be read has no name to give.
      if (!answer.has("name")) {
        answer.put("name", "");
      }
      answer.put("crash", String.valueOf(crash));
      return new Verdict(answer, nanos);
    }
  }

  private static void write(ObjectNode answer, ValidationResult result, long nanos) {
    boolean valid = result.getMessages().stream().allMatch(m -> m.getSeverity().compareTo(ResultSeverityEnum.ERROR) < 0);
    answer.put("valid", valid).put("ms", nanos / 1000 / 1000.0);
    ArrayNode issues = answer.putArray("issues");
    for (SingleValidationMessage message : result.getMessages()) {
      issues
          .addObject()
          .put("severity", message.getSeverity().getCode())
          .put("messageId", message.getMessageId())
          .put("location", message.getLocationString())
          .put("line", message.getLocationLine())
          .put("column", message.getLocationCol())
          .put("message", message.getMessage());
    }
  }
}
