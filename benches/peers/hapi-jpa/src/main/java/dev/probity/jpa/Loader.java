// Owns the loading: NDJSON files to stored and indexed resources, search parameters before all else, each by its own id.
package dev.probity.jpa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.jpa.api.dao.ReindexParameters;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.util.JpaConstants;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.storage.IResourcePersistentId;
import ca.uhn.fhir.rest.api.server.storage.TransactionDetails;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.SearchParameter;
import org.springframework.context.ApplicationContext;

/** Loads every line of the files. A line that cannot be stored is told on standard error and left out. */
final class Loader {
  private static final Pattern LOCAL = Pattern.compile("[A-Z]\\w*/[^/:?]+");
  private static final Pattern TYPED_VALUE = Pattern.compile("\\.value[A-Z]\\w*");

  private final FhirContext context;
  private final DaoRegistry daos;
  private final IHapiTransactionService transactions;
  private final Set<String> stored = new HashSet<>();
  private final List<Early> early = new ArrayList<>();
  private int duplicates;
  private int refused;

  /** A resource stored before something that it refers to: HAPI has left that reference out of its index. */
  private record Early(String type, IResourcePersistentId<?> id, Set<String> missing) {}

  private Loader(ApplicationContext beans) {
    context = beans.getBean(FhirContext.class);
    daos = beans.getBean(DaoRegistry.class);
    transactions = beans.getBean(IHapiTransactionService.class);
  }

  static void load(ApplicationContext beans, List<Path> files) throws IOException {
    long begin = System.nanoTime();
    Loader loader = new Loader(beans);
    // The files are read twice rather than held: once for the search parameters, once for the rest.
    loader.pass(files, true);
    beans.getBean(ISearchParamRegistry.class).forceRefresh();
    loader.pass(files, false);
    int again = loader.reindex();
    System.err.printf(
        "loaded %d resources in %.1f s (%d duplicates skipped, %d refused, %d indexed again)%n",
        loader.stored.size(), (System.nanoTime() - begin) / 1e9, loader.duplicates, loader.refused, again);
    Set<String> nowhere = loader.nowhere();
    if (!nowhere.isEmpty()) {
      System.err.printf(
          "%d targets of references are not in the files, and HAPI leaves such references out of its index: %s%n",
          nowhere.size(), nowhere.stream().sorted().limit(10).collect(Collectors.joining(" ")));
    }
  }

  private void pass(List<Path> files, boolean parameters) throws IOException {
    for (Path file : files) {
      try (var lines = Files.newBufferedReader(file)) {
        int number = 0;
        for (String line; (line = lines.readLine()) != null; ) {
          number++;
          // A cheap look first; whether the line really is a search parameter is known once it is parsed.
          if (line.isBlank() || parameters && !line.contains("SearchParameter")) {
            continue;
          }
          try {
            Resource resource = (Resource) context.newJsonParser().parseResource(line);
            if (resource instanceof SearchParameter == parameters) {
              if (resource instanceof SearchParameter parameter) {
                mend(parameter);
              }
              store(resource);
            }
          } catch (DataFormatException failure) {
            // What is no FHIR resource is met in both passes, and told in the second.
            if (!parameters) {
              refuse(file, number, failure);
            }
          } catch (RuntimeException failure) {
            refuse(file, number, failure);
          }
        }
      }
    }
  }

  /**
   * US Core's asserted-date says {@code extension.where(...).valueDateTime}. FHIRPath names a choice without its type, and HAPI
   * finds nothing for the other spelling: the parameter would be known and never match.
   */
  private static void mend(SearchParameter parameter) {
    String given = parameter.getExpression();
    String mended = given == null ? null : TYPED_VALUE.matcher(given).replaceAll(".value");
    if (given != null && !given.equals(mended)) {
      parameter.setExpression(mended);
      System.err.println(parameter.getId() + ": expression " + given + " taken as " + mended);
    }
  }

  private void refuse(Path file, int line, Exception failure) {
    refused++;
    System.err.println(file + ":" + line + ": " + failure.getMessage());
  }

  private void store(Resource resource) {
    String type = resource.fhirType();
    String id = resource.getIdElement().getIdPart();
    if (id == null) {
      throw new IllegalArgumentException(type + " without an id");
    }
    if (stored.contains(type + "/" + id)) {
      duplicates++;
      return;
    }
    Set<String> missing = new HashSet<>();
    context.newTerser().getAllResourceReferences(resource).forEach(found -> {
      String target = found.getResourceReference().getReferenceElement().toUnqualifiedVersionless().getValue();
      if (target != null && !target.startsWith("#") && !stored.contains(target)) {
        missing.add(target);
      }
    });
    // The time of the transaction becomes meta.lastUpdated: the resource's own, where it has one.
    Date updated = resource.getMeta().getLastUpdated();
    SystemRequestDetails request = new SystemRequestDetails();
    // Otherwise HAPI would read all search parameters anew after each one: load() has that done once, after the last.
    request.getUserData().put(JpaConstants.SKIP_REINDEX_ON_UPDATE, Boolean.TRUE);
    var outcome =
        dao(type).update(resource, null, true, false, request,
            updated == null ? new TransactionDetails() : new TransactionDetails(updated));
    stored.add(type + "/" + id);
    if (!missing.isEmpty()) {
      early.add(new Early(type, outcome.getPersistentId(), missing));
    }
  }

  /** Indexes again, with no new version, what was stored before something that it refers to. */
  private int reindex() {
    int count = 0;
    for (Early one : early) {
      if (one.missing.stream().anyMatch(stored::contains)) {
        SystemRequestDetails request = new SystemRequestDetails();
        transactions.withRequest(request).execute(
            () -> { dao(one.type).reindex(one.id, new ReindexParameters(), request, new TransactionDetails()); });
        count++;
      }
    }
    return count;
  }

  /** The local targets that no line gave: a search by one of them finds nothing. */
  private Set<String> nowhere() {
    return early.stream().flatMap(one -> one.missing.stream())
        .filter(target -> LOCAL.matcher(target).matches() && !stored.contains(target)).collect(Collectors.toSet());
  }

  @SuppressWarnings("unchecked")
  private IFhirResourceDao<Resource> dao(String type) {
    return daos.getResourceDao(type);
  }
}
