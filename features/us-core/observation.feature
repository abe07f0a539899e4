@us-core @resource:Observation
Feature: Observation
  Vital signs, results, social history, assessments.
  US Core 6.1.0, Server CapabilityStatement and profiles of Observation; FHIR R4, Search.

  @id:us-core.observation.capability
  Scenario: The CapabilityStatement claims what US Core demands of Observation
    Given the CapabilityStatement claims Observation
    Then it claims everything that the guide demands of Observation

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group                                           | parameters              | strength |
      | blood-pressure                                  | patient+category        | SHALL    |
      | blood-pressure                                  | patient+code            | SHALL    |
      | blood-pressure                                  | patient+category+date   | SHALL    |
      | blood-pressure                                  | patient+category+status | SHOULD   |
      | blood-pressure                                  | patient+code+date       | SHOULD   |
      | bmi                                             | patient+category        | SHALL    |
      | bmi                                             | patient+code            | SHALL    |
      | bmi                                             | patient+category+date   | SHALL    |
      | bmi                                             | patient+category+status | SHOULD   |
      | bmi                                             | patient+code+date       | SHOULD   |
      | body-height                                     | patient+category        | SHALL    |
      | body-height                                     | patient+code            | SHALL    |
      | body-height                                     | patient+category+date   | SHALL    |
      | body-height                                     | patient+category+status | SHOULD   |
      | body-height                                     | patient+code+date       | SHOULD   |
      | body-temperature                                | patient+category        | SHALL    |
      | body-temperature                                | patient+code            | SHALL    |
      | body-temperature                                | patient+category+date   | SHALL    |
      | body-temperature                                | patient+category+status | SHOULD   |
      | body-temperature                                | patient+code+date       | SHOULD   |
      | body-weight                                     | patient+category        | SHALL    |
      | body-weight                                     | patient+code            | SHALL    |
      | body-weight                                     | patient+category+date   | SHALL    |
      | body-weight                                     | patient+category+status | SHOULD   |
      | body-weight                                     | patient+code+date       | SHOULD   |
      | head-circumference                              | patient+category        | SHALL    |
      | head-circumference                              | patient+code            | SHALL    |
      | head-circumference                              | patient+category+date   | SHALL    |
      | head-circumference                              | patient+category+status | SHOULD   |
      | head-circumference                              | patient+code+date       | SHOULD   |
      | head-occipital-frontal-circumference-percentile | patient+category        | SHALL    |
      | head-occipital-frontal-circumference-percentile | patient+code            | SHALL    |
      | head-occipital-frontal-circumference-percentile | patient+category+date   | SHALL    |
      | head-occipital-frontal-circumference-percentile | patient+category+status | SHOULD   |
      | head-occipital-frontal-circumference-percentile | patient+code+date       | SHOULD   |
      | heart-rate                                      | patient+category        | SHALL    |
      | heart-rate                                      | patient+code            | SHALL    |
      | heart-rate                                      | patient+category+date   | SHALL    |
      | heart-rate                                      | patient+category+status | SHOULD   |
      | heart-rate                                      | patient+code+date       | SHOULD   |
      | observation-clinical-result                     | patient+category        | SHALL    |
      | observation-clinical-result                     | patient+code            | SHALL    |
      | observation-clinical-result                     | patient+category+date   | SHALL    |
      | observation-clinical-result                     | patient+category+status | SHOULD   |
      | observation-clinical-result                     | patient+code+date       | SHOULD   |
      | observation-lab                                 | patient+category        | SHALL    |
      | observation-lab                                 | patient+code            | SHALL    |
      | observation-lab                                 | patient+category+date   | SHALL    |
      | observation-lab                                 | patient+category+status | SHOULD   |
      | observation-lab                                 | patient+code+date       | SHOULD   |
      | observation-occupation                          | patient+category        | SHALL    |
      | observation-occupation                          | patient+code            | SHALL    |
      | observation-occupation                          | patient+category+date   | SHALL    |
      | observation-occupation                          | patient+category+status | SHOULD   |
      | observation-occupation                          | patient+code+date       | SHOULD   |
      | observation-pregnancyintent                     | patient+category        | SHALL    |
      | observation-pregnancyintent                     | patient+code            | SHALL    |
      | observation-pregnancyintent                     | patient+category+date   | SHALL    |
      | observation-pregnancyintent                     | patient+category+status | SHOULD   |
      | observation-pregnancyintent                     | patient+code+date       | SHOULD   |
      | observation-pregnancystatus                     | patient+category        | SHALL    |
      | observation-pregnancystatus                     | patient+code            | SHALL    |
      | observation-pregnancystatus                     | patient+category+date   | SHALL    |
      | observation-pregnancystatus                     | patient+category+status | SHOULD   |
      | observation-pregnancystatus                     | patient+code+date       | SHOULD   |
      | observation-screening-assessment                | patient+category        | SHALL    |
      | observation-screening-assessment                | patient+code            | SHALL    |
      | observation-screening-assessment                | patient+category+date   | SHALL    |
      | observation-screening-assessment                | patient+category+status | SHOULD   |
      | observation-screening-assessment                | patient+code+date       | SHOULD   |
      | observation-sexual-orientation                  | patient+category        | SHALL    |
      | observation-sexual-orientation                  | patient+code            | SHALL    |
      | observation-sexual-orientation                  | patient+category+date   | SHALL    |
      | observation-sexual-orientation                  | patient+category+status | SHOULD   |
      | observation-sexual-orientation                  | patient+code+date       | SHOULD   |
      | pediatric-bmi-for-age                           | patient+category        | SHALL    |
      | pediatric-bmi-for-age                           | patient+code            | SHALL    |
      | pediatric-bmi-for-age                           | patient+category+date   | SHALL    |
      | pediatric-bmi-for-age                           | patient+category+status | SHOULD   |
      | pediatric-bmi-for-age                           | patient+code+date       | SHOULD   |
      | pediatric-weight-for-height                     | patient+category        | SHALL    |
      | pediatric-weight-for-height                     | patient+code            | SHALL    |
      | pediatric-weight-for-height                     | patient+category+date   | SHALL    |
      | pediatric-weight-for-height                     | patient+category+status | SHOULD   |
      | pediatric-weight-for-height                     | patient+code+date       | SHOULD   |
      | pulse-oximetry                                  | patient+category        | SHALL    |
      | pulse-oximetry                                  | patient+code            | SHALL    |
      | pulse-oximetry                                  | patient+category+date   | SHALL    |
      | pulse-oximetry                                  | patient+category+status | SHOULD   |
      | pulse-oximetry                                  | patient+code+date       | SHOULD   |
      | respiratory-rate                                | patient+category        | SHALL    |
      | respiratory-rate                                | patient+code            | SHALL    |
      | respiratory-rate                                | patient+category+date   | SHALL    |
      | respiratory-rate                                | patient+category+status | SHOULD   |
      | respiratory-rate                                | patient+code+date       | SHOULD   |
      | simple-observation                              | patient+category        | SHALL    |
      | simple-observation                              | patient+code            | SHALL    |
      | simple-observation                              | patient+category+date   | SHALL    |
      | simple-observation                              | patient+category+status | SHOULD   |
      | simple-observation                              | patient+code+date       | SHOULD   |
      | smokingstatus                                   | patient+category        | SHALL    |
      | smokingstatus                                   | patient+code            | SHALL    |
      | smokingstatus                                   | patient+category+date   | SHALL    |
      | smokingstatus                                   | patient+category+status | SHOULD   |
      | smokingstatus                                   | patient+code+date       | SHOULD   |
      | vital-signs                                     | patient+category        | SHALL    |
      | vital-signs                                     | patient+code            | SHALL    |
      | vital-signs                                     | patient+category+date   | SHALL    |
      | vital-signs                                     | patient+category+status | SHOULD   |
      | vital-signs                                     | patient+code+date       | SHOULD   |

  @table:tokens @id:us-core.observation.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given an Observation with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | category  | SHALL    |
      | code      | SHALL    |

  @table:alternatives @id:us-core.observation.alternatives.<parameter>
  Scenario Outline: Values of <parameter> joined by commas are alternatives
    Given several values of "<parameter>" in the record's Observations
    When the app searches for these values joined by commas
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | code      | SHOULD   |
      | status    | SHOULD   |

  @table:dates @id:us-core.observation.comparators.<parameter>
  Scenario Outline: <parameter> is compared by gt, ge, lt and le
    Given an Observation with a date for "<parameter>"
    When the app searches before, at and after that date, and between the days around it
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @table:dates @id:us-core.observation.date-forms.<parameter>
  Scenario Outline: <parameter> is understood with Z, +00:00 and another offset, and as a day, month and year
    Given an Observation with a date for "<parameter>"
    When the app searches for that date in other offsets, and for its day, month and year
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each offset of the same instant finds the same

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @id:us-core.observation.searchset
  Scenario: Every page of a search for Observation is a whole searchset Bundle
    Given a search for Observation that finds something
    Then every page is a complete searchset

  @id:us-core.observation.post
  Scenario: A search for Observation by POST finds the same
    Given a search for Observation that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.observation.patient-reference
  Scenario: The patient may be named by a reference in a search for Observation
    Given a search for Observation that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.observation.paging
  Scenario: A search for Observation finds the same page by page
    Given a search for Observation that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.observation.claimed-searches
  Scenario: Search parameters of Observation that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Observation
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: The reverse include <include> brings what points to a <group>
    Given a search that finds a "<group>"
    When the app makes that search with "_revinclude=<include>"
    Then the search succeeds
    And a Provenance that points to such a match comes with them
    And every Provenance that comes with them points to a match

    Examples:
      | group                                           | name       | include           | strength |
      | blood-pressure                                  | provenance | Provenance:target | SHALL    |
      | bmi                                             | provenance | Provenance:target | SHALL    |
      | body-height                                     | provenance | Provenance:target | SHALL    |
      | body-temperature                                | provenance | Provenance:target | SHALL    |
      | body-weight                                     | provenance | Provenance:target | SHALL    |
      | head-circumference                              | provenance | Provenance:target | SHALL    |
      | head-occipital-frontal-circumference-percentile | provenance | Provenance:target | SHALL    |
      | heart-rate                                      | provenance | Provenance:target | SHALL    |
      | observation-clinical-result                     | provenance | Provenance:target | SHALL    |
      | observation-lab                                 | provenance | Provenance:target | SHALL    |
      | observation-occupation                          | provenance | Provenance:target | SHALL    |
      | observation-pregnancyintent                     | provenance | Provenance:target | SHALL    |
      | observation-pregnancystatus                     | provenance | Provenance:target | SHALL    |
      | observation-screening-assessment                | provenance | Provenance:target | SHALL    |
      | observation-sexual-orientation                  | provenance | Provenance:target | SHALL    |
      | pediatric-bmi-for-age                           | provenance | Provenance:target | SHALL    |
      | pediatric-weight-for-height                     | provenance | Provenance:target | SHALL    |
      | pulse-oximetry                                  | provenance | Provenance:target | SHALL    |
      | respiratory-rate                                | provenance | Provenance:target | SHALL    |
      | simple-observation                              | provenance | Provenance:target | SHALL    |
      | smokingstatus                                   | provenance | Provenance:target | SHALL    |
      | vital-signs                                     | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group                                           | profile                                         |
      | blood-pressure                                  | us-core-blood-pressure                          |
      | bmi                                             | us-core-bmi                                     |
      | body-height                                     | us-core-body-height                             |
      | body-temperature                                | us-core-body-temperature                        |
      | body-weight                                     | us-core-body-weight                             |
      | head-circumference                              | us-core-head-circumference                      |
      | head-occipital-frontal-circumference-percentile | head-occipital-frontal-circumference-percentile |
      | heart-rate                                      | us-core-heart-rate                              |
      | observation-clinical-result                     | us-core-observation-clinical-result             |
      | observation-lab                                 | us-core-observation-lab                         |
      | observation-occupation                          | us-core-observation-occupation                  |
      | observation-pregnancyintent                     | us-core-observation-pregnancyintent             |
      | observation-pregnancystatus                     | us-core-observation-pregnancystatus             |
      | observation-screening-assessment                | us-core-observation-screening-assessment        |
      | observation-sexual-orientation                  | us-core-observation-sexual-orientation          |
      | pediatric-bmi-for-age                           | pediatric-bmi-for-age                           |
      | pediatric-weight-for-height                     | pediatric-weight-for-height                     |
      | pulse-oximetry                                  | us-core-pulse-oximetry                          |
      | respiratory-rate                                | us-core-respiratory-rate                        |
      | simple-observation                              | us-core-simple-observation                      |
      | smokingstatus                                   | us-core-smokingstatus                           |
      | vital-signs                                     | us-core-vital-signs                             |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group                                           | profile                                         |
      | blood-pressure                                  | us-core-blood-pressure                          |
      | bmi                                             | us-core-bmi                                     |
      | body-height                                     | us-core-body-height                             |
      | body-temperature                                | us-core-body-temperature                        |
      | body-weight                                     | us-core-body-weight                             |
      | head-circumference                              | us-core-head-circumference                      |
      | head-occipital-frontal-circumference-percentile | head-occipital-frontal-circumference-percentile |
      | heart-rate                                      | us-core-heart-rate                              |
      | observation-clinical-result                     | us-core-observation-clinical-result             |
      | observation-lab                                 | us-core-observation-lab                         |
      | observation-occupation                          | us-core-observation-occupation                  |
      | observation-pregnancyintent                     | us-core-observation-pregnancyintent             |
      | observation-pregnancystatus                     | us-core-observation-pregnancystatus             |
      | observation-screening-assessment                | us-core-observation-screening-assessment        |
      | observation-sexual-orientation                  | us-core-observation-sexual-orientation          |
      | pediatric-bmi-for-age                           | pediatric-bmi-for-age                           |
      | pediatric-weight-for-height                     | pediatric-weight-for-height                     |
      | pulse-oximetry                                  | us-core-pulse-oximetry                          |
      | respiratory-rate                                | us-core-respiratory-rate                        |
      | simple-observation                              | us-core-simple-observation                      |
      | smokingstatus                                   | us-core-smokingstatus                           |
      | vital-signs                                     | us-core-vital-signs                             |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group                                           | profile                                         |
      | blood-pressure                                  | us-core-blood-pressure                          |
      | bmi                                             | us-core-bmi                                     |
      | body-height                                     | us-core-body-height                             |
      | body-temperature                                | us-core-body-temperature                        |
      | body-weight                                     | us-core-body-weight                             |
      | head-circumference                              | us-core-head-circumference                      |
      | head-occipital-frontal-circumference-percentile | head-occipital-frontal-circumference-percentile |
      | heart-rate                                      | us-core-heart-rate                              |
      | observation-clinical-result                     | us-core-observation-clinical-result             |
      | observation-lab                                 | us-core-observation-lab                         |
      | observation-occupation                          | us-core-observation-occupation                  |
      | observation-pregnancyintent                     | us-core-observation-pregnancyintent             |
      | observation-pregnancystatus                     | us-core-observation-pregnancystatus             |
      | observation-screening-assessment                | us-core-observation-screening-assessment        |
      | observation-sexual-orientation                  | us-core-observation-sexual-orientation          |
      | pediatric-bmi-for-age                           | pediatric-bmi-for-age                           |
      | pediatric-weight-for-height                     | pediatric-weight-for-height                     |
      | pulse-oximetry                                  | us-core-pulse-oximetry                          |
      | respiratory-rate                                | us-core-respiratory-rate                        |
      | simple-observation                              | us-core-simple-observation                      |
      | smokingstatus                                   | us-core-smokingstatus                           |
      | vital-signs                                     | us-core-vital-signs                             |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group                                           | profile                                         |
      | blood-pressure                                  | us-core-blood-pressure                          |
      | bmi                                             | us-core-bmi                                     |
      | body-height                                     | us-core-body-height                             |
      | body-temperature                                | us-core-body-temperature                        |
      | body-weight                                     | us-core-body-weight                             |
      | head-circumference                              | us-core-head-circumference                      |
      | head-occipital-frontal-circumference-percentile | head-occipital-frontal-circumference-percentile |
      | heart-rate                                      | us-core-heart-rate                              |
      | observation-clinical-result                     | us-core-observation-clinical-result             |
      | observation-lab                                 | us-core-observation-lab                         |
      | observation-occupation                          | us-core-observation-occupation                  |
      | observation-pregnancyintent                     | us-core-observation-pregnancyintent             |
      | observation-pregnancystatus                     | us-core-observation-pregnancystatus             |
      | observation-screening-assessment                | us-core-observation-screening-assessment        |
      | observation-sexual-orientation                  | us-core-observation-sexual-orientation          |
      | pediatric-bmi-for-age                           | pediatric-bmi-for-age                           |
      | pediatric-weight-for-height                     | pediatric-weight-for-height                     |
      | pulse-oximetry                                  | us-core-pulse-oximetry                          |
      | respiratory-rate                                | us-core-respiratory-rate                        |
      | simple-observation                              | us-core-simple-observation                      |
      | smokingstatus                                   | us-core-smokingstatus                           |
      | vital-signs                                     | us-core-vital-signs                             |
