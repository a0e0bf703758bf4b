SELECT DISTINCT class_code FROM ticket_category ORDER BY class_code
