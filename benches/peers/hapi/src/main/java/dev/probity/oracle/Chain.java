package dev.probity.oracle;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/** The engine of the official validator with R4, the packages given, and no terminology server. */
final class Chain {
  private Chain() {}

  static FhirValidator validator(FhirContext context, List<Path> packages) throws IOException {
    PrePopulatedValidationSupport given = new PrePopulatedValidationSupport(context);
    for (Path folder : packages) {
      try (var files = Files.newDirectoryStream(folder, "*.json")) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          if (name.startsWith("StructureDefinition-") || name.startsWith("ValueSet-") || name.startsWith("CodeSystem-")) {
            given.addResource((Resource) context.newJsonParser().parseResource(Files.readString(file)));
          }
        }
      }
    }
    // SNOMED, LOINC and the like are not to be had offline: not knowing a system is no error of the resource.
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    // What the chain has once looked up it keeps: without that each resource is read anew.
    ValidationSupportChain chain =
        new ValidationSupportChain(
            ValidationSupportChain.CacheConfiguration.defaultValues(),
            given,
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context),
            unknown);
    FhirInstanceValidator instance = new FhirInstanceValidator(chain);
    // An extension that nobody here has defined is allowed by FHIR.
    instance.setAnyExtensionsAllowed(true);
    // A claim of a profile that is not loaded cannot be judged: no error.
    instance.setErrorForUnknownProfiles(false);
    // Advice is not conformance.
    instance.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
    // Codes are checked wherever the value set can be had: most bindings need it.
    instance.setNoTerminologyChecks(false);
    // A code outside an extensible binding is worth a warning, as in the official validator.
    instance.setNoExtensibleWarnings(false);
    // References to other resources are not followed: there is no server.
    instance.setAssumeValidRestReferences(false);
    // What a reference literally names is checked against the types allowed; nothing is fetched.
    instance.setValidatorPolicyAdvisor(new CheckTargets());
    instance.setValidatorResourceFetcher(new NoServer());
    FhirValidator validator = context.newValidator();
    validator.registerValidatorModule(instance);
    return validator;
  }
}
