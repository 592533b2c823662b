# The public home page, and the page of a person who has signed in.

home-title = Votre espace numérique
home-lead = Messagerie, cours en ligne, emploi du temps, dossier de scolarité : un seul compte ouvre tous les services de l’université.
home-login = Se connecter
home-services = Vos services
home-start-title = Pour démarrer
home-activate = Obtenir mon compte
home-activate-hint = C’est votre première connexion : ayez sous la main votre carte étudiante ou votre certificat de scolarité.
home-recover = Mot de passe oublié
home-recover-hint = Vous avez déjà utilisé votre compte : ayez sous la main la feuille de vos certificats de scolarité.
home-free-title = En accès libre
home-university = Le site de l’université
