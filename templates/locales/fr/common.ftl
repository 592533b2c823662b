# What every page shares. Plain text only: templates escape everything.
# $university, $short, $origin, $signin, $here, $registrar, $support, $format, $example, $delay, $min, $max,
# $publisher, $hosting and $dpo come from the configuration and may be named anywhere.

page-title = { $page } – { $university }
page-title-error = Erreur : { $page } – { $university }
skip-to-content = Aller au contenu
nav-label = Votre compte
lang-fr = Français
lang-en = English
step = Étape { $current } sur { $total }
error-prefix = Erreur :
error-summary-title = Quelque chose est à corriger
continue = Continuer
cancel = Annuler
show = Afficher
hide = Masquer
show-password = Afficher le mot de passe
hide-password = Masquer le mot de passe
capslock = La touche de verrouillage des majuscules est activée.
notice-info = Information
notice-warn = Attention
notice-alert = Alerte
notice-done = C’est fait
notice-phishing = Avant de saisir votre mot de passe, vérifiez que l’adresse de la page commence par { $origin }
notice-phishing-never = L’université ne vous le demandera jamais par courriel, par SMS ou par téléphone.
form-err-expired = La page est restée ouverte trop longtemps. Vérifiez votre saisie et envoyez-la à nouveau : rien n’a été perdu.
help-title = Besoin d’aide ?
help-scolarite = Une erreur dans votre numéro de dossier ou votre date de naissance ? Adressez-vous à la scolarité : { $registrar }
help-support = Un problème de connexion ? Adressez-vous à l’assistance informatique : { $support }
help-personal = Le compte est personnel, y compris vis-à-vis de votre famille : ne communiquez vos identifiants à personne.
footer-label = Informations sur ce site
footer-accessibility-full = Accessibilité : totalement conforme
footer-accessibility-partial = Accessibilité : partiellement conforme
footer-accessibility-none = Accessibilité : non conforme
footer-legal = Mentions légales
footer-privacy = Données personnelles
footer-help = Aide
menu-account = Mon compte
menu-logout = Déconnexion
