# Choosing a password.

choose-title = Choisissez comment vous connecter
choose-again-title = Choisissez un nouveau mot de passe
choose-legend = Votre mot de passe
choose-own = Je choisis mon mot de passe
choose-generated = Je préfère un mot de passe proposé, à noter
choose-generated-hint = Il s’affichera à l’étape suivante. Vous pourrez le remplacer à tout moment dans « Mon compte ».
new-password = Nouveau mot de passe
new-password-confirm = Confirmation du nouveau mot de passe
new-password-hint = Au moins { $min } caractères. Une courte phrase convient très bien ; espaces et accents sont acceptés.
err-password-missing = Saisissez un nouveau mot de passe
err-password-short = Le mot de passe doit comporter au moins { $min } caractères
err-password-digits = Un mot de passe fait uniquement de chiffres doit en comporter au moins { $min }
err-password-long = Le mot de passe ne peut pas dépasser { $max } caractères
err-password-common = Ce mot de passe est trop courant ou trop facile à deviner. Choisissez-en un autre.
err-password-personal = Le mot de passe ne doit contenir ni votre nom, ni votre identifiant, ni votre numéro de dossier, ni votre date de naissance
err-password-same = Le nouveau mot de passe doit être différent de l’actuel
err-password-confirm = Les deux saisies du nouveau mot de passe sont différentes
