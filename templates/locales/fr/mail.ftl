# Letters about an account. They never hold a password, a code or a link.

mail-activated-subject = Votre compte universitaire est activé
mail-activated-body = Le compte { $username } a été activé le { $datetime }.
mail-password-subject = Votre mot de passe a été changé
mail-password-body = Le mot de passe du compte { $username } a été changé le { $datetime }.
mail-recovered-subject = De nouveaux identifiants ont été délivrés
mail-recovered-body = De nouveaux identifiants ont été délivrés pour le compte { $username } le { $datetime }, avec le code de votre feuille de certificats.
mail-not-you = Si ce n’est pas vous, prévenez tout de suite l’assistance : { $support }
mail-signature = { $university }
