//! What the CAS server must know of the four sample services: plain data, to be turned into registry entries.

/// One service, as the registry describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name in addresses and cookies.
    pub key: &'static str,
    /// Its name in French.
    pub name_fr: &'static str,
    /// Its name in English.
    pub name_en: &'static str,
    /// What it is for, in French.
    pub description_fr: &'static str,
    /// What it is for, in English.
    pub description_en: &'static str,
    /// Its root, with the final slash. Tickets are given to this address and those below it.
    pub url: String,
    /// The attributes it may learn besides the login, and no more than it needs.
    pub attributes: &'static [&'static str],
    /// Whether it is told when a session ends.
    pub logout: LogoutKind,
    /// The version of the protocol it speaks.
    pub protocol: &'static str,
}

/// Whether a service is told when a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutKind {
    /// The server posts a notice to its address.
    BackChannel,
    /// It is not, and its session goes on until it ends by itself.
    None,
}

/// The four services on `host`, each at its port: mail, courses, timetable, records.
pub fn definitions(host: &str, ports: [u16; 4]) -> [Definition; 4] {
    let [mail, courses, timetable, records] = ports.map(|port| format!("http://{host}:{port}/"));
    [
        Definition {
            key: "mail",
            name_fr: "Messagerie",
            name_en: "Email",
            description_fr: "Lire et envoyer du courrier",
            description_en: "Read and send mail",
            url: mail,
            attributes: &["displayName", "mail"],
            logout: LogoutKind::BackChannel,
            protocol: "CAS 3.0",
        },
        Definition {
            key: "courses",
            name_fr: "Cours en ligne",
            name_en: "Online courses",
            description_fr: "Supports, devoirs et forums",
            description_en: "Course material, assignments and forums",
            url: courses,
            attributes: &[
                "displayName",
                "givenName",
                "sn",
                "mail",
                "eduPersonPrimaryAffiliation",
                "eduPersonAffiliation",
            ],
            logout: LogoutKind::BackChannel,
            protocol: "CAS 2.0",
        },
        Definition {
            key: "timetable",
            name_fr: "Emploi du temps",
            name_en: "Timetable",
            description_fr: "Vos cours de la semaine, salle par salle",
            description_en: "Your classes this week, room by room",
            url: timetable,
            // CAS 1.0 has no room for attributes: the list serves on the day the application changes version.
            attributes: &[
                "displayName",
                "givenName",
                "sn",
                "eduPersonPrimaryAffiliation",
                "supannEtuId",
                "supannEtuEtape",
                "supannEtuAnneeInscription",
                "supannEmpId",
            ],
            logout: LogoutKind::None,
            protocol: "CAS 1.0",
        },
        Definition {
            key: "records",
            name_fr: "Dossier de scolarité",
            name_en: "Student record",
            description_fr: "Inscriptions, notes et certificats",
            description_en: "Enrolments, marks and certificates",
            url: records,
            attributes: &[
                "displayName",
                "mail",
                "eduPersonPrimaryAffiliation",
                "supannEtuId",
                "supannEmpId",
            ],
            logout: LogoutKind::BackChannel,
            protocol: "CAS 3.0",
        },
    ]
}
