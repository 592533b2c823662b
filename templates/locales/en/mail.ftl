# Letters about an account. They never hold a password, a code or a link.

mail-activated-subject = Your university account is active
mail-activated-body = The account { $username } was activated on { $datetime }.
mail-password-subject = Your password has been changed
mail-password-body = The password of the account { $username } was changed on { $datetime }.
mail-recovered-subject = New login details have been issued
mail-recovered-body = New login details were issued for the account { $username } on { $datetime }, with the code from your certificate sheet.
mail-not-you = If this was not you, tell the help desk at once: { $support }
mail-signature = { $university }
