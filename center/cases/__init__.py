"""Cases and the incidents that open them: lists, details, and actions of people."""
