"""Cases and the incidents that open them: lists, one case, what people do with it."""
