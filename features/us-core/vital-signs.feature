Feature: Vital signs
  Each vital sign that US Core names can be found by its LOINC code and read, and has the form of a vital sign.
  US Core 6.1.0, vital signs profiles; FHIR R4, Observation: vital signs.

  @id:us-core.<profile>.search.patient-code
  Scenario Outline: <profile> is found by patient and code
    Given a patient with an Observation of code "<code>"
    When the app requests "Observation?patient={patient}&code=http://loinc.org|<code>"
    Then the status is 200
    And the Bundle is a searchset
    And every match is an Observation of code "<code>"
    And every match is of the patient in context

    Examples:
      | profile                    | code    |
      | blood-pressure             | 85354-9 |
      | bmi                        | 39156-5 |
      | head-circumference         | 9843-4  |
      | body-height                | 8302-2  |
      | body-weight                | 29463-7 |
      | body-temperature           | 8310-5  |
      | heart-rate                 | 8867-4  |
      | respiratory-rate           | 9279-1  |
      | pulse-oximetry             | 59408-5 |
      | bmi-for-age                | 59576-9 |
      | weight-for-height          | 77606-2 |
      | head-circumference-percentile | 8289-1 |

  @id:us-core.<profile>.read
  Scenario Outline: <profile> is read by its id
    Given a patient with an Observation of code "<code>"
    When the app reads that Observation
    Then the status is 200
    And the resource is that Observation

    Examples:
      | profile                    | code    |
      | blood-pressure             | 85354-9 |
      | bmi                        | 39156-5 |
      | head-circumference         | 9843-4  |
      | body-height                | 8302-2  |
      | body-weight                | 29463-7 |
      | body-temperature           | 8310-5  |
      | heart-rate                 | 8867-4  |
      | respiratory-rate           | 9279-1  |
      | pulse-oximetry             | 59408-5 |
      | bmi-for-age                | 59576-9 |
      | weight-for-height          | 77606-2 |
      | head-circumference-percentile | 8289-1 |

  @id:us-core.<profile>.shape
  Scenario Outline: <profile> has the form of a vital sign
    Given a patient with an Observation of code "<code>"
    Then each has the form of a vital sign measured in "<unit>"

    Examples:
      | profile                    | code    | unit                |
      | bmi                        | 39156-5 | kg/m2               |
      | head-circumference         | 9843-4  | cm, [in_i]          |
      | body-height                | 8302-2  | cm, [in_i]          |
      | body-weight                | 29463-7 | kg, [lb_av], g      |
      | body-temperature           | 8310-5  | Cel, [degF]         |
      | heart-rate                 | 8867-4  | /min                |
      | respiratory-rate           | 9279-1  | /min                |
      | pulse-oximetry             | 59408-5 | %                   |
      | bmi-for-age                | 59576-9 | %                   |
      | weight-for-height          | 77606-2 | %                   |
      | head-circumference-percentile | 8289-1 | %                  |

  @id:us-core.blood-pressure.shape
  Scenario: blood-pressure has a systolic and a diastolic part
    Given a patient with an Observation of code "85354-9"
    Then each has the form of a vital sign with components
    And each has a component "8480-6" measured in "mm[Hg]"
    And each has a component "8462-4" measured in "mm[Hg]"

  @id:us-core.<profile>.conforms
  Scenario Outline: <profile> conforms to its profile
    Given a patient with an Observation of code "<code>"
    Then each conforms to "<canonical>"

    Examples:
      | profile                       | code    | canonical                                       |
      | blood-pressure                | 85354-9 | us-core-blood-pressure                          |
      | bmi                           | 39156-5 | us-core-bmi                                     |
      | head-circumference            | 9843-4  | us-core-head-circumference                      |
      | body-height                   | 8302-2  | us-core-body-height                             |
      | body-weight                   | 29463-7 | us-core-body-weight                             |
      | body-temperature              | 8310-5  | us-core-body-temperature                        |
      | heart-rate                    | 8867-4  | us-core-heart-rate                              |
      | respiratory-rate              | 9279-1  | us-core-respiratory-rate                        |
      | pulse-oximetry                | 59408-5 | us-core-pulse-oximetry                          |
      | bmi-for-age                   | 59576-9 | pediatric-bmi-for-age                           |
      | weight-for-height             | 77606-2 | pediatric-weight-for-height                     |
      | head-circumference-percentile | 8289-1  | head-occipital-frontal-circumference-percentile |
