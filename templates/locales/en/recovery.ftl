# Getting lost credentials back.

recovery-title = Forgotten password
recovery-intro = New login details in three steps. Have the sheet with your enrolment certificates at hand.
recovery-code-title = Code on the certificate sheet
recovery-code = Code
recovery-code-where = It is printed at the top left of the sheet with your enrolment certificates. If you have been given a backup code since, use that one.
recovery-code-picture = Drawing of a sheet: the code is at the top left, above the certificates.
recovery-code-format = 10 letters or digits, for example VZJG4‑PH2G8. It never contains 0, 1, I, L or O.
err-code-missing = Enter the code
err-code-format = The code must have 10 letters or digits. There seems to be a typing mistake.
recovery-err-nomatch = The file number, the date of birth and the code do not match. Check all three.
recovery-start-again = Correct the file number or the date of birth
recovery-throttled-title = Too many attempts with this code
recovery-err-throttled = Try again in { $hours } h, or come to the registrar’s office with an identity document: { $registrar }
recovery-err-code-expired = This code is from a previous year. Use this year’s certificate sheet.
recovery-err-code-used = This code has already been used. Use the backup code that replaced it, or ask the registrar’s office for a new sheet.
recovery-err-inactive = This account has not been activated yet. Use “Get my account”.
recovery-nocode = I no longer have my certificate sheet
recovery-nocode-text = Ask the registrar’s office for a new one, with an identity document or your student card: { $registrar }
recovery-done = All sessions opened with the old password have been closed.
