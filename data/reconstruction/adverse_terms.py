"""How many patients have each adverse event, at which highest grade: no counts are public.

The abstract gives only the order of the most common events of grade 2 or more (anemia,
neutropenia, thrombocytopenia, infections), that peripheral neuropathy was infrequent, and the
events of the two patients with dose limiting toxicity. The counts keep the four apart from each
other and well above everything else.
"""

from __future__ import annotations

BLOOD = "Blood and lymphatic system disorders"
CARDIAC = "Cardiac disorders"
EYE = "Eye disorders"
GUT = "Gastrointestinal disorders"
GENERAL = "General disorders and administration site conditions"
INFECTION = "Infections and infestations"
INJURY = "Injury, poisoning and procedural complications"
INVESTIGATION = "Investigations"
METABOLISM = "Metabolism and nutrition disorders"
MUSCLE = "Musculoskeletal and connective tissue disorders"
NERVOUS = "Nervous system disorders"
PSYCHIATRIC = "Psychiatric disorders"
RENAL = "Renal and urinary disorders"
CHEST = "Respiratory, thoracic and mediastinal disorders"
SKIN = "Skin and subcutaneous tissue disorders"
VASCULAR = "Vascular disorders"

# Patients by highest grade: grade 1, 2, 3, 4.
PATIENTS_BY_GRADE = {
    "Anemia": (BLOOD, (3, 12, 9, 0)),
    "Neutropenia": (BLOOD, (1, 3, 10, 5)),
    "Thrombocytopenia": (BLOOD, (5, 5, 7, 3)),
    "Leukopenia": (BLOOD, (4, 2, 3, 0)),
    "Lymphopenia": (BLOOD, (1, 1, 3, 1)),
    "Febrile neutropenia": (BLOOD, (0, 0, 1, 1)),
    "Palpitations": (CARDIAC, (2, 0, 0, 0)),
    "Atrial fibrillation": (CARDIAC, (0, 1, 0, 0)),
    "Vision blurred": (EYE, (3, 0, 0, 0)),
    "Cataract": (EYE, (0, 1, 0, 0)),
    "Constipation": (GUT, (8, 5, 0, 0)),
    "Diarrhea": (GUT, (9, 3, 1, 0)),
    "Nausea": (GUT, (8, 3, 0, 0)),
    "Vomiting": (GUT, (4, 1, 0, 0)),
    "Abdominal pain": (GUT, (2, 1, 0, 0)),
    "Stomatitis": (GUT, (2, 0, 0, 0)),
    "Fatigue": (GENERAL, (11, 5, 2, 0)),
    "Peripheral edema": (GENERAL, (7, 3, 0, 0)),
    "Pyrexia": (GENERAL, (5, 1, 0, 0)),
    "Chills": (GENERAL, (2, 0, 0, 0)),
    "Fall": (INJURY, (2, 1, 0, 0)),
    "Contusion": (INJURY, (3, 0, 0, 0)),
    "Alanine aminotransferase increased": (INVESTIGATION, (3, 1, 1, 0)),
    "Aspartate aminotransferase increased": (INVESTIGATION, (3, 1, 0, 0)),
    "Blood creatinine increased": (INVESTIGATION, (4, 2, 0, 0)),
    "Weight decreased": (INVESTIGATION, (2, 1, 0, 0)),
    "Hyperglycemia": (METABOLISM, (3, 3, 2, 0)),
    "Hypokalemia": (METABOLISM, (3, 2, 1, 0)),
    "Hypocalcemia": (METABOLISM, (3, 1, 0, 0)),
    "Hyponatremia": (METABOLISM, (2, 0, 1, 0)),
    "Hypophosphatemia": (METABOLISM, (0, 2, 1, 0)),
    "Decreased appetite": (METABOLISM, (4, 2, 0, 0)),
    "Dehydration": (METABOLISM, (0, 1, 1, 0)),
    "Back pain": (MUSCLE, (4, 4, 1, 0)),
    "Muscle spasms": (MUSCLE, (6, 1, 0, 0)),
    "Arthralgia": (MUSCLE, (4, 1, 0, 0)),
    "Bone pain": (MUSCLE, (3, 2, 1, 0)),
    "Muscular weakness": (MUSCLE, (2, 2, 0, 0)),
    "Peripheral sensory neuropathy": (NERVOUS, (6, 2, 0, 0)),
    "Peripheral motor neuropathy": (NERVOUS, (1, 0, 0, 0)),
    "Dizziness": (NERVOUS, (5, 1, 0, 0)),
    "Headache": (NERVOUS, (4, 1, 0, 0)),
    "Dysgeusia": (NERVOUS, (3, 0, 0, 0)),
    "Tremor": (NERVOUS, (2, 0, 0, 0)),
    "Insomnia": (PSYCHIATRIC, (6, 4, 0, 0)),
    "Anxiety": (PSYCHIATRIC, (2, 1, 0, 0)),
    "Agitation": (PSYCHIATRIC, (2, 0, 0, 0)),
    "Acute kidney injury": (RENAL, (0, 0, 1, 0)),
    "Cough": (CHEST, (7, 1, 0, 0)),
    "Dyspnea": (CHEST, (5, 3, 1, 0)),
    "Epistaxis": (CHEST, (3, 0, 0, 0)),
    "Rash maculo-papular": (SKIN, (5, 3, 1, 0)),
    "Pruritus": (SKIN, (4, 1, 0, 0)),
    "Dry skin": (SKIN, (2, 0, 0, 0)),
    "Hypertension": (VASCULAR, (1, 2, 1, 0)),
    "Hypotension": (VASCULAR, (2, 1, 0, 0)),
    "Deep vein thrombosis": (VASCULAR, (0, 1, 0, 0)),
}

# Infections are one group in the protocol, so their patients are chosen together: the patients
# with grade 2 or more, and the infections that they share out, each of them at least one. One
# more patient dies of an infection.
INFECTED_PATIENTS = 11
INFECTIONS = (
    ("Lung infection", 3),
    ("Upper respiratory tract infection", 2),
    ("Upper respiratory tract infection", 2),
    ("Lung infection", 3),
    ("Urinary tract infection", 2),
    ("Upper respiratory tract infection", 2),
    ("Sepsis", 4),
    ("Sinusitis", 2),
    ("Bronchitis", 2),
    ("Upper respiratory tract infection", 2),
    ("Cellulitis", 3),
    ("Herpes zoster", 2),
    ("Lung infection", 2),
    ("Urinary tract infection", 2),
    ("Upper respiratory tract infection", 2),
    ("Sinusitis", 2),
    ("Influenza", 2),
    ("Lung infection", 3),
)
MILD_INFECTIONS = ("Skin infection", "Oral candidiasis", "Nasopharyngitis")

# The lowest grade that the term can have (CTCAE), where it is not 1.
LOWEST_GRADE = {
    "Febrile neutropenia": 3,
    "Lung infection": 2,
    "Upper respiratory tract infection": 2,
    "Urinary tract infection": 2,
    "Sepsis": 4,
    "Sinusitis": 2,
    "Bronchitis": 2,
    "Cellulitis": 2,
    "Herpes zoster": 2,
    "Influenza": 2,
    "Deep vein thrombosis": 2,
    "Acute kidney injury": 3,
    "Atrial fibrillation": 2,
    "Cataract": 2,
    "Dehydration": 2,
    "Hypophosphatemia": 2,
}

REPEATING = ("Anemia", "Neutropenia", "Thrombocytopenia", "Leukopenia", "Lymphopenia")
DISEASE_OR_AGE = (
    "Fall",
    "Cataract",
    "Bone pain",
    "Back pain",
    "Arthralgia",
    "Hypertension",
    "Headache",
    "Contusion",
    "Anxiety",
)

# What sites write in place of the standard term.
VERBATIM = {
    "Anemia": ("ANEMIA", "Anaemia", "Low hemoglobin", "anemia"),
    "Neutropenia": ("NEUTROPENIA", "Neutrophil count decreased", "Low ANC", "neutropenia"),
    "Thrombocytopenia": ("THROMBOCYTOPENIA", "Low platelets", "Platelet count decreased"),
    "Leukopenia": ("WBC decreased", "LEUKOPENIA"),
    "Lymphopenia": ("Lymphocyte count decreased", "LYMPHOPENIA"),
    "Fatigue": ("FATIGUE", "Tiredness", "fatigue"),
    "Lung infection": ("Pneumonia", "LUNG INFECTION", "Pneumonia, right lower lobe"),
    "Upper respiratory tract infection": ("URI", "Upper respiratory infection", "URTI"),
    "Urinary tract infection": ("UTI", "URINARY TRACT INFECTION"),
    "Peripheral sensory neuropathy": ("Numbness in feet", "Sensory neuropathy"),
    "Peripheral edema": ("Leg swelling", "Edema limbs"),
    "Herpes zoster": ("Shingles",),
    "Dyspnea": ("Shortness of breath", "DYSPNEA"),
    "Insomnia": ("INSOMNIA", "Difficulty sleeping"),
    "Hyperglycemia": ("HYPERGLYCEMIA", "High blood sugar"),
    "Muscle spasms": ("Muscle cramps", "Leg cramps"),
    "Deep vein thrombosis": ("DVT left leg",),
}

# The event of which a patient died within 30 days of the last dose, and its first day before death.
FATAL = {"004-002": ("Lung infection", 5)}

# Dose limiting toxicities (abstract): subject, and each event with its grade.
DOSE_LIMITING = {
    "001-001": (("Fatigue", 3), ("Lung infection", 3), ("Neutropenia", 4), ("Thrombocytopenia", 4)),
    "001-004": (("Febrile neutropenia", 4), ("Neutropenia", 4), ("Thrombocytopenia", 4)),
}
