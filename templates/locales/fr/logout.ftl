# Signing out.

logout-confirm-title = Se déconnecter ?
logout-confirm-text = La déconnexion concerne tous les services ouverts avec cette session.
logout-submit = Se déconnecter
logout-stay = Garder ma session ouverte
logout-done-title = Déconnexion terminée
logout-done-text = Votre session universitaire est fermée sur ce navigateur.
logout-close-browser = Sur un ordinateur partagé, fermez aussi le navigateur.
logout-services-title = Services prévenus
logout-service-ok = demande de déconnexion reçue
logout-service-pending = réponse en attente
logout-service-failed = pas de réponse, déconnectez-vous dans le service
logout-service-unsupported = déconnexion à faire dans le service
logout-service-browser = demande transmise par votre navigateur, sans réponse possible.
logout-service-there = Se déconnecter de { $service }
logout-refresh = Actualiser la liste
logout-public = Ordinateur public ou partagé : fermez maintenant toutes les fenêtres du navigateur.
logout-return = Revenir à { $service }
logout-again = Se connecter à nouveau
logout-none = Aucune session n’était ouverte.
