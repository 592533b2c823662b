# Getting lost credentials back.

recovery-title = Mot de passe oublié
recovery-intro = De nouveaux identifiants en trois étapes. Ayez sous la main la feuille de vos certificats de scolarité.
recovery-code-title = Code de la feuille des certificats
recovery-code = Code
recovery-code-where = Il est imprimé en haut à gauche de la feuille qui contient vos certificats de scolarité. Si vous avez reçu un code de secours depuis, utilisez celui-ci.
recovery-code-picture = Dessin d’une feuille : le code est en haut à gauche, au-dessus des certificats.
recovery-code-format = 10 lettres ou chiffres, par exemple VZJG4‑PH2G8. Il n’y a ni 0, ni 1, ni I, ni L, ni O.
err-code-missing = Saisissez le code
err-code-format = Le code doit comporter 10 lettres ou chiffres. Il semble y avoir une faute de frappe.
recovery-err-nomatch = Le numéro de dossier, la date de naissance et le code ne correspondent pas. Vérifiez les trois.
recovery-start-again = Corriger le numéro de dossier ou la date de naissance
recovery-throttled-title = Trop d’essais avec ce code
recovery-err-throttled = Réessayez dans { $hours } h, ou présentez-vous à la scolarité avec une pièce d’identité : { $registrar }
recovery-err-code-expired = Ce code est celui d’une année précédente. Utilisez la feuille de certificats de l’année en cours.
recovery-err-code-used = Ce code a déjà servi. Utilisez le code de secours qui l’a remplacé, ou demandez une nouvelle feuille à la scolarité.
recovery-err-inactive = Ce compte n’a pas encore été activé. Utilisez « Obtenir mon compte ».
recovery-nocode = Je n’ai plus la feuille de mes certificats
recovery-nocode-text = Demandez-en une nouvelle à la scolarité, avec une pièce d’identité ou votre carte étudiante : { $registrar }
recovery-done = Toutes les sessions ouvertes avec l’ancien mot de passe ont été fermées.
