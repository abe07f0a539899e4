package dev.probity.oracle;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One line of input; the resource stays the text that it was, with its digits and its repeated members. */
record Line(String name, List<String> profiles, String resource) {
  // How deep and how long is too much is for the validator to say, not for this reader.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  static Line parse(String text) throws IOException {
    String name = "";
    String resource = "";
    List<String> profiles = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (key) {
          case "name" -> name = parser.getText();
          case "profiles" -> {
            while (value == JsonToken.START_ARRAY && parser.nextToken() != JsonToken.END_ARRAY) {
              profiles.add(parser.getText());
            }
          }
          case "resource" -> {
            int start = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            resource = text.substring(start, (int) parser.currentLocation().getCharOffset());
          }
          default -> parser.skipChildren();
        }
      }
    }
    return new Line(name, profiles, resource);
  }
}
